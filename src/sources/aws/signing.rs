//! What signs a question, by the credentials that are found where the tools of AWS look for them.

use crate::config::ConfigError;
use crate::net;
use crate::sources::command;
use crate::sources::http::SourceError;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, RequestSigner};
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Error, ErrorKind, FileRead, HttpSend, Signer,
};
use std::time::Duration;

pub(in crate::sources) use reqsign_core::{Env, OsEnv};

/// Bytes of what gives credentials, at most.
const LARGEST: usize = 1 << 20;
/// How long whoever gives credentials on this machine or near it may take; elsewhere nobody answers there.
const NEAR: Duration = Duration::from_secs(2);
/// How long a program or a service that gives credentials may take.
const FAR: Duration = Duration::from_secs(10);

/// Signs the questions to one service in one region.
pub(super) struct Signing(Signer<Credential>);

impl Signing {
    /// Sets up for a source that asks a service in a region; no credentials are looked for yet. Without a profile they
    /// come from wherever they are found.
    pub fn open(
        _source: &str,
        (service, region): (&str, &str),
        profile: &str,
        env: impl Env,
    ) -> Result<Self, ConfigError> {
        let mut chain = DefaultCredentialProvider::builder();
        if !profile.is_empty() {
            chain = chain.with_profile(profile).no_env();
        }
        let context = Context::new()
            .with_env(env)
            .with_file_read(Here)
            .with_command_execute(Here)
            .with_http_send(Here);
        let signer = RequestSigner::new(service, region);
        Ok(Self(Signer::new(context, chain.build(), signer)))
    }

    /// Signs a question of the source of that name.
    pub async fn sign(&self, name: &str, question: &mut Parts) -> Result<(), SourceError> {
        let signed = self.0.sign(question, None).await;
        signed.map_err(|e| without_credentials(name, &e))
    }
}

/// Why nothing could be signed. What the library says may hold what a server or a file said, so it is not passed on.
fn without_credentials(name: &str, error: &Error) -> SourceError {
    SourceError(match error.kind() {
        ErrorKind::PermissionDenied => {
            format!("{name} is not given credentials of AWS: whoever gives them refuses.")
        }
        ErrorKind::ConfigInvalid => format!(
            "{name} cannot read its profile of AWS; see ~/.aws/config and ~/.aws/credentials."
        ),
        _ => format!(
            "{name} has no valid credentials of AWS; none are in the environment, a profile, the container or the instance (aws sts get-caller-identity tells)."
        ),
    })
}

/// This machine, which credentials are looked for on.
#[derive(Debug)]
struct Here;

fn fault(what: &'static str) -> Error {
    Error::unexpected(what)
}

impl FileRead for Here {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        let path = path.to_owned();
        let read = move || {
            let size = std::fs::metadata(&path)?.len();
            match size <= LARGEST as u64 {
                true => std::fs::read(&path),
                false => Err(std::io::ErrorKind::FileTooLarge.into()),
            }
        };
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.map_err(|_| fault("the file was not read"))?;
        read.map_err(|e| fault("the file cannot be read").with_source(e))
    }
}

impl CommandExecute for Here {
    async fn command_execute(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> reqsign_core::Result<CommandOutput> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let printed = command::run_in_full(program, &arguments, FAR).await;
        let printed = printed.map_err(|_| fault("the program gave nothing"))?;
        Ok(CommandOutput {
            status: printed.status.code().unwrap_or(1),
            stdout: printed.output.into_bytes(),
            stderr: printed.errors.into_bytes(),
        })
    }
}

impl HttpSend for Here {
    async fn http_send(
        &self,
        request: http::Request<Bytes>,
    ) -> reqsign_core::Result<http::Response<Bytes>> {
        let broken = |_| fault("whoever gives credentials cannot be asked");
        let url: url::Url = request
            .uri()
            .to_string()
            .parse()
            .map_err(|_| fault("no address"))?;
        let client = match is_near(&url) {
            true => net::client(&url, NEAR, NEAR).no_proxy(),
            false => net::client(&url, FAR, FAR),
        };
        let request = reqwest::Request::try_from(request).map_err(broken)?;
        let client = client.build().map_err(broken)?;
        let mut answer = client.execute(request).await.map_err(broken)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(fault("more than credentials are"));
            }
        }
        let mut told = http::Response::new(body.freeze());
        *told.status_mut() = answer.status();
        *told.headers_mut() = answer.headers().clone();
        told.headers_mut().remove(http::header::SET_COOKIE);
        Ok(told)
    }
}

/// Addresses that never leave the machine or its host: no proxy knows them.
fn is_near(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_link_local() || ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.segments()[0] == 0xfd00,
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
