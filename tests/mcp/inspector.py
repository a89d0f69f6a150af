"""The official inspector's command line as an independent client: it lists and calls every tool, reads every kind of
resource, gets every prompt, and finds nothing to say against any schema."""

import json
import os
import subprocess
import sys

node, inspector, program = sys.argv[1:4]

# Its client can ask nobody: confirming is offered to it only where the configuration says so.
config = os.path.join(os.environ["HOME"], ".config", "hotseat", "config.toml")
os.makedirs(os.path.dirname(config), exist_ok=True)
with open(config, "w", encoding="utf-8") as file:
    file.write('[mcp]\nconfirm = "agent"\n')


def inspect(*asked, fails=False):
    variables = [f"{name}={os.environ[name]}" for name in ("INCIDENT_IO_BASE_URL", "INCIDENT_IO_API_KEY", "HOME", "LANG")]
    given = [part for variable in variables for part in ("-e", variable)]
    command = [node, inspector, "--cli", *given, program, "mcp", *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert fails or done.returncode == 0, f"{asked}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def call(tool, **arguments):
    pairs = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
    given = ["--tool-arg", *pairs] if pairs else []
    result = inspect("--method", "tools/call", "--tool-name", tool, *given, fails=True)
    result = result.get("result", result)
    return result.get("isError", False), result


tools = inspect("--method", "tools/list", "--strict")["tools"]
failed, fire = call("whats_on_fire")
assert not failed, fire
incident = fire["structuredContent"]["data"]["incidents"][0]["reference"]
update = {"kind": "update", "about": incident, "fields": {"message": "Rolling back, as the inspector says"}}
failed, proposed = call("propose", **update)
assert not failed, proposed
arguments = {
    "incident": {"incident": incident},
    "investigate": {"incident": incident},
    "similar": {"incident": incident},
    "changes": {"within": "4h"},
    "on_call": {},
    "since_i_was_away": {"since": "8h"},
    "search": {"status": "open"},
    "journal": {"unsettled": True},
    "draft": {"incident": incident, "text": "summary"},
}
for tool, given in arguments.items():
    failed, result = call(tool, **given)
    assert not failed, f"{tool}: {result}"
# Without sources there is no evidence; and what another run proposed nobody here can confirm.
for tool, given in {"evidence": {"incident": incident, "id": "E1"}}.items():
    assert call(tool, **given)[1]["content"], tool
failed, refused = call("confirm", token=proposed["structuredContent"]["data"]["token"])
assert failed and "no token" in refused["content"][0]["text"], refused
untried = {tool["name"] for tool in tools} - set(arguments) - {"whats_on_fire", "propose", "evidence", "confirm"}
assert not untried, untried

templates = inspect("--method", "resources/templates/list")["resourceTemplates"]
assert len(templates) == 3, templates
for resource in inspect("--method", "resources/list")["resources"][:2] + [{"uri": f"post-mortem://{incident}"}]:
    contents = inspect("--method", "resources/read", "--uri", resource["uri"])["contents"]
    assert contents[0]["text"], contents
for prompt in inspect("--method", "prompts/list")["prompts"]:
    name = prompt["arguments"][0]["name"]
    value = "8h" if name == "since" else incident
    got = inspect("--method", "prompts/get", "--prompt-name", prompt["name"], "--prompt-args", f"{name}={value}")
    assert value in got["messages"][0]["content"]["text"], got
print(json.dumps({"tools": len(tools), "templates": len(templates)}))
