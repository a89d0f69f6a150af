//! A cluster behind kubectl: a program that answers from files stands in for it, as recorded, and knows no more than that.

use crate::clock;
use crate::monitoring::Called;
use crate::organisation::Organisation;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct Stand {
    organisation: Organisation,
}

impl Stand {
    fn new() -> Self {
        let clock = clock::clock();
        let called = Called {
            name: "Errors on front".into(),
            summary: "Customers see errors.".into(),
            at: clock.now().timestamp() - 300,
        };
        let stand = Self {
            organisation: Organisation::new(
                clock,
                &["front", "cart"],
                &[("front", "cart")],
                called,
            ),
        };
        stand.kubectl();
        stand
    }

    fn dir(&self) -> &Path {
        self.organisation.dir.path()
    }

    /// A kubectl that answers what lies in a file of the question's words, and writes down what it was asked.
    fn kubectl(&self) {
        let at = self.dir().display();
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> {at}/asked\nfile=\"{at}/answers/$(echo \"$*\" | tr ' /' '__')\"\n\
             if [ -f \"$file\" ]; then cat \"$file\"; exit 0; fi\n\
             case \"$*\" in *nodes*) echo 'Error from server (Forbidden): nodes is forbidden: User \"ana\" cannot list resource \"nodes\"' >&2;;\n\
             *httproutes*|*virtualservices*|*certificates*) echo 'error: the server does not have a resource type' | sed \"s/does not/doesn't/\" >&2;;\n\
             *) echo 'No resources found in shop namespace.' >&2; exit 0;; esac\nexit 1\n"
        );
        let path = self.program();
        std::fs::write(&path, script).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("it may run");
        std::fs::create_dir_all(self.dir().join("answers")).expect("a folder");
    }

    fn program(&self) -> PathBuf {
        self.dir().join("kubectl")
    }

    fn answer(&self, words: &str, text: &str) {
        let name = words.replace([' ', '/'], "_");
        std::fs::write(self.dir().join("answers").join(name), text).expect("an answer");
    }

    fn config(&self) -> PathBuf {
        self.organisation.config(&format!(
            "[[sources.kubernetes]]\nname = \"cluster\"\ncommand = [\"{}\"]\nnamespaces = [\"shop\"]\nservices = {{ cart = \"shop/deployment/basket\" }}\n",
            self.program().display()
        ))
    }

    fn questions(&self) -> Vec<String> {
        let asked = std::fs::read_to_string(self.dir().join("asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }
}

/// A basket that was rolled out ten minutes ago and finds no image since.
fn spoilt(stand: &Stand) {
    stand.answer(
        "get pods -n shop",
        "NAME                     READY   STATUS             RESTARTS   AGE\n\
         basket-5f7b9c8d6-x2xvk   0/1     ImagePullBackOff   0          10m\n\
         front-6d5b9f7c4-k2xvz    1/1     Running            0          3d\n",
    );
    stand.answer(
        "get pods -n shop -o wide",
        "NAME                      READY   STATUS             RESTARTS   AGE   IP           NODE       NOMINATED NODE   READINESS GATES\n\
         basket-5f7b9c8d6-x2xvk    0/1     ImagePullBackOff   0          10m   10.244.1.7   worker-2   <none>           <none>\n\
         front-6d5b9f7c4-k2xvz     1/1     Running            0          3d    10.244.1.8   worker-1   <none>           <none>\n",
    );
    stand.answer(
        "get deployments -n shop -o wide",
        "NAME     READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES            SELECTOR\n\
         basket   0/1     1            0           3d    server       shop/basket:9.9   app=basket\n\
         front    1/1     1            1           3d    server       shop/front:1.2    app=front\n",
    );
    stand.answer(
        "get replicasets -n shop -o wide",
        "NAME               DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES            SELECTOR\n\
         basket-5f7b9c8d6   1         1         0       10m   server       shop/basket:9.9   app=basket,pod-template-hash=5f7b9c8d6\n\
         basket-7d9f8b6c5   0         0         0       3d    server       shop/basket:1.2   app=basket,pod-template-hash=7d9f8b6c5\n\
         front-6d5b9f7c4    1         1         1       3d    server       shop/front:1.2    app=front,pod-template-hash=6d5b9f7c4\n",
    );
    stand.answer(
        "get events -n shop",
        "LAST SEEN   TYPE      REASON   OBJECT                       MESSAGE\n\
         2m          Warning   Failed   pod/basket-5f7b9c8d6-x2xvk   Failed to pull image \"shop/basket:9.9\": rpc error: code = NotFound desc = manifest unknown\n",
    );
}

#[test]
fn a_cluster_is_only_read_and_what_it_may_not_tell_is_missing() {
    let stand = Stand::new();
    spoilt(&stand);
    let config = stand.config();
    let doctor = stand.organisation.asked.run(&config, &["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("may get pods in shop (2 pods)"), "{said}");

    let found = stand
        .organisation
        .asked
        .json(&config, &["investigate", "INC-1"]);
    let changes = found["changes"].as_array().expect("changes");
    let change = changes
        .iter()
        .find(|c| c["source"] == "cluster")
        .expect("a change of the cluster");
    assert_eq!(
        (change["service"].as_str(), change["title"].as_str()),
        (
            Some("cart"),
            Some("basket: image shop/basket:1.2 to shop/basket:9.9")
        )
    );
    let cause = &found["hypotheses"][0];
    assert_eq!(
        (&cause["service"], &found["settled"]),
        (&"cart".into(), &true.into()),
        "{cause}"
    );
    assert!(
        cause["statement"]
            .as_str()
            .is_some_and(|s| s.contains("cannot get its image")),
        "{cause}"
    );
    let way = &cause["path"][0];
    assert_eq!(
        (&way["from"], &way["to"]),
        (&"cart".into(), &"front".into()),
        "{cause}"
    );
    let missing = found["missing"].as_array().expect("what is missing");
    let says: Vec<&str> = missing
        .iter()
        .filter(|m| m["source"] == "cluster")
        .filter_map(|m| m["says"].as_str())
        .collect();
    assert_eq!(says, ["cluster did not tell nodes: no right to read it."]);

    let questions = stand.questions();
    assert!(
        questions.len() > 20 && questions.len() < 60,
        "{questions:#?}"
    );
    for question in &questions {
        let reads = ["get ", "describe ", "rollout history "];
        assert!(
            reads.iter().any(|r| question.starts_with(r)) && !question.contains("secret"),
            "{question}"
        );
    }
    what_is_not_there_is_said(&stand, &config);
}

fn what_is_not_there_is_said(stand: &Stand, config: &Path) {
    let text = std::fs::read_to_string(config).expect("the settings");
    let gone = stand.dir().join("gone.toml");
    std::fs::write(&gone, text.replace("/kubectl\"", "/no-kubectl\"")).expect("a file");
    let found = stand
        .organisation
        .asked
        .json(&gone, &["investigate", "INC-1"]);
    let missing = found["missing"].to_string();
    assert!(
        missing.contains("cluster cannot be asked: Cannot run") && missing.contains("no-kubectl"),
        "{missing}"
    );
    for (wrong, told) in [
        (
            "services = { cart = \"basket\" }",
            "write namespace/kind/name",
        ),
        ("namespaces = [\"-o\"]", "cannot be the name of a namespace"),
        ("command = []", "command is empty"),
    ] {
        let odd = stand.dir().join("odd.toml");
        std::fs::write(
            &odd,
            format!("[[sources.kubernetes]]\nname = \"cluster\"\n{wrong}\n"),
        )
        .expect("a file");
        let output = stand
            .organisation
            .asked
            .run(&odd, &["investigate", "INC-1"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(told), "{said}");
    }
}
