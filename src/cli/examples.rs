//! Examples of every command, one table: what `--help` and the pages of the manual show, and what docs/commands.md lists.

use clap::Command;

/// A line as somebody types it, and what it is for.
pub struct Example {
    /// What stands behind the program's name.
    pub words: &'static str,
    /// What it does, in half a sentence.
    pub says: &'static str,
}

/// At most so many are shown under a command that only groups others.
const OF_A_GROUP: usize = 6;

const fn example(words: &'static str, says: &'static str) -> Example {
    Example { words, says }
}

/// All of them, in the order of the pages.
pub const EXAMPLES: &[Example] = &[
    example("", "Open the console"),
    example(
        "demo",
        "Open it on a simulated organisation, with an outage to come",
    ),
    example("demo --speed 10", "The same, ten times as fast"),
    example(
        "doctor",
        "Check the key, the network, the clock, the cache and the terminal",
    ),
    example(
        "incidents list --service payments --severity P1 --status all --since 7d",
        "P1 incidents of a week that name a service",
    ),
    example(
        "incidents show INC-123 --include-timeline",
        "One incident with all that happened",
    ),
    example(
        "timeline INC-123",
        "Notes, updates, pages and alerts in one view",
    ),
    example("oncall", "Who is on call now and next"),
    example(
        "schedules payments --days 7 --per-person",
        "A schedule's week, a line for each person",
    ),
    example("catalog types", "What kinds of things the catalog has"),
    example("catalog search payment", "Entries with a word"),
    example(
        "catalog show checkout-service",
        "An entry, what it depends on and what depends on it",
    ),
    example("alerts --firing", "Alerts that fire now"),
    example("alerts sources", "Where alerts come from"),
    example("alerts routes", "What is done with them"),
    example(
        "escalations --incident INC-123",
        "Who was paged for an incident, and who answered",
    ),
    example(
        "actions --incident INC-123",
        "What is to be done during an incident",
    ),
    example(
        "follow-ups --incident INC-123",
        "What is to be done after it",
    ),
    example(
        "post-mortems --incident INC-123",
        "Its post-mortem documents",
    ),
    example(
        "workflows --runs --incident INC-123",
        "What workflows did on an incident",
    ),
    example("related INC-123", "Incidents that people connected to one"),
    example(
        "investigate INC-123 --changes 4h",
        "Find the cause, with the evidence",
    ),
    example(
        "changes INC-123 --within 4h",
        "What was changed shortly before",
    ),
    example(
        "similar INC-123 --threshold 0.5 --since 180d",
        "Past incidents that are likely the same",
    ),
    example(
        "analyze --service payments --since 90d --filter sev:P1",
        "A quarter of one service",
    ),
    example(
        "export --since 2026-01-01 --format csv",
        "Incidents with their durations, for a spreadsheet",
    ),
    example("handover", "What your shift hands over"),
    example(
        "handover --post",
        "The same, into the Slack channel of the configuration",
    ),
    example(
        "draft post-mortem INC-123 --out post-mortem.md",
        "A post-mortem from what is recorded",
    ),
    example(
        "incidents declare --name \"Checkout is down\" --severity Storm --role \"Incident Lead=Ana Abara\"",
        "Declare an incident",
    ),
    example(
        "incidents edit INC-123 --severity Gale --dry-run",
        "Show the request of an edit, and send nothing",
    ),
    example(
        "incidents update INC-123 -m \"Rolling back\" --status Fixing",
        "Post an update and move the status",
    ),
    example(
        "incidents role INC-123 \"Incident Lead\" \"Ana Abara\"",
        "Give somebody a role",
    ),
    example(
        "incidents close INC-123 -m \"Back to normal\"",
        "Resolve it, with a last update",
    ),
    example(
        "timeline add INC-123 \"Bad deploy found\" --at 14:29",
        "Note what happened, with its time",
    ),
    example(
        "timeline edit INC-123 \"Bad deploy found\" --at 14:27",
        "Correct a note",
    ),
    example(
        "alerts attach 01ALERT INC-123",
        "An alert belongs to an incident",
    ),
    example("alerts detach 01ALERT INC-123", "It does not"),
    example("alerts resolve 01ALERT", "Resolve an alert"),
    example(
        "escalations create --incident INC-123 --path Payments",
        "Page an escalation path",
    ),
    example(
        "escalations ack INC-123",
        "Acknowledge the page that waits on an incident",
    ),
    example("escalations snooze INC-123 --until +30m", "Put a page off"),
    example(
        "escalations reassign INC-123 --person \"Ana Abara\"",
        "Hand a page to somebody",
    ),
    example("escalations cancel INC-123", "Stop a page"),
    example(
        "oncall cover \"Payments on-call\" --to +2h",
        "Take somebody's shift for two hours",
    ),
    example(
        "actions create INC-123 \"Drain the queue\" --assignee \"Ana Abara\"",
        "Add an action",
    ),
    example(
        "actions assign 01ACTION \"Ana Abara\"",
        "Give it to somebody",
    ),
    example(
        "actions edit 01ACTION --status \"not doing\"",
        "Change its status",
    ),
    example("actions done 01ACTION", "Complete it"),
    example(
        "follow-ups create INC-123 \"Add a canary\" --assignee \"Ana Abara\"",
        "Add a follow-up",
    ),
    example(
        "follow-ups assign 01FOLLOWUP \"Ana Abara\"",
        "Give it to somebody",
    ),
    example(
        "follow-ups edit 01FOLLOWUP --text \"Add two canaries\"",
        "Change its words",
    ),
    example("follow-ups done 01FOLLOWUP", "Complete it"),
    example(
        "post-mortems status 01DOCUMENT \"in review\"",
        "Move a document",
    ),
    example(
        "status-page create --name \"Slow checkout\" -m \"We are looking into it.\" --confirm \"Acme Status\"",
        "Publish an incident",
    ),
    example(
        "status-page update --incident \"Slow checkout\" -m \"It is over.\" --status resolved --confirm \"Acme Status\"",
        "Publish an update",
    ),
    example(
        "catalog set cart Tier=1 \"Depends on=payment-gateway\"",
        "Set attributes of an entry",
    ),
    example("journal list", "Writes that are not settled"),
    example("journal show 3f2a", "One with its exact request"),
    example("journal retry 3f2a", "Send it again"),
    example("journal discard 3f2a", "Give it up"),
    example("journal undo 3f2a", "Take it back, where the API has a way"),
    example(
        "journal backdate 3f2a",
        "Make an update that is too old a note with its time",
    ),
    example(
        "journal note \"Traffic moved to eu-west-2\" --at 14:30",
        "Note it while incident.io is away",
    ),
    example("journal attach INC-123", "Put such notes on a timeline"),
    example(
        "journal retrospective --name \"Night of the storm\" --severity Gale",
        "Make an incident of them",
    ),
    example("journal proposals", "What agents propose"),
    example("journal export", "Every write as JSON, one a line"),
    example("journal rescue", "Set a damaged journal aside"),
    example(
        "bridge check",
        "Hold the bridge's configuration against both sides",
    ),
    example("bridge run", "Keep them in step"),
    example("bridge status", "What burns, and which incident it has"),
    example("bridge log --limit 20", "What it did last"),
    example(
        "bridge why 4f1c",
        "What became of an alert, and by which rule",
    ),
    example("bridge pause INC-123", "It leaves an incident alone"),
    example("bridge resume INC-123", "It goes on"),
    example("bridge take INC-123", "It notes, and does not resolve"),
    example(
        "bridge replay --since 7d",
        "Which incidents it would have declared",
    ),
    example("bridge demo", "Play all of it on this machine"),
    example(
        "relay run --nats nats://127.0.0.1:4222",
        "Ask incident.io once for many consoles",
    ),
    example("relay key", "Make a pair of keys for it"),
    example("relay status", "Which relay works, and how old its data is"),
    example("mcp", "Serve an agent on standard input and output"),
    example("mcp --listen 127.0.0.1:8080", "Serve agents over HTTP"),
    example("mcp token", "Make a token for one of them"),
    example(
        "api GET /v2/incidents --field page_size=50 --paginate",
        "Any endpoint, with the key set up",
    ),
    example("config show", "Every setting in force"),
    example("config path", "Where the configuration is looked for"),
    example("config keys", "Every action with its keys"),
    example(
        "open INC-123",
        "Open an incident where a browser is, else print and copy its address",
    ),
    example("tmux", "A segment for tmux's status line"),
    example("prompt --shell bash", "A segment for a shell's prompt"),
    example("completions bash", "Completions for a shell"),
    example("man --out man", "The pages of the manual, one a command"),
    example(
        "simulate --listen 127.0.0.1:8080",
        "Serve a simulated organisation",
    ),
    example("purge", "Remove the cache, the journal and the logs"),
];

/// The examples of a command, given what stands between the program's name and its arguments. One that only groups others
/// shows the first of theirs.
pub fn of(path: &str, command: &Command) -> Vec<&'static Example> {
    let is = |example: &&Example| example_of(example, path, command);
    let own: Vec<_> = EXAMPLES.iter().filter(is).collect();
    if !own.is_empty() || path.is_empty() {
        return own;
    }
    let below = |example: &&Example| begins(example.words, path);
    EXAMPLES.iter().filter(below).take(OF_A_GROUP).collect()
}

/// Whether an example is one of a command and not of a command below it.
fn example_of(example: &Example, path: &str, command: &Command) -> bool {
    let next = example.words.strip_prefix(path).unwrap_or_default();
    let next = next.split_whitespace().next().unwrap_or_default();
    begins(example.words, path) && command.find_subcommand(next).is_none()
}

/// Whether words begin with a command, whole words.
fn begins(words: &str, path: &str) -> bool {
    let rest = words.strip_prefix(path);
    rest.is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with(' '))
}

/// A command with its examples below its help, and so with all commands below it.
pub fn shown(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    let lines: Vec<String> = of(path, &command)
        .iter()
        .map(|e| format!("  hotseat {}\n      {}", e.words, e.says))
        .collect();
    let inner = |sub: Command| {
        let path = format!("{path} {}", sub.get_name());
        below(sub, path.trim_start())
    };
    let command = command.mut_subcommands(inner);
    match lines.is_empty() || path.is_empty() {
        true => command,
        false => command.after_help(format!("Examples:\n{}", lines.join("\n"))),
    }
}

#[cfg(test)]
mod tests;
