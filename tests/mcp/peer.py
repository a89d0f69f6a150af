"""The official Python SDK as an independent client: every tool, resource and prompt, in both ages of the protocol, on
standard input and output and over HTTP."""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

MOST_BYTES = 8 * 1024
asked = []


async def person(context, params):
    """Somebody at the desk who reads and says yes."""
    asked.append(params.message)
    return ElicitResult(action="accept", content={"send": True})


def program(path):
    environment = {name: os.environ[name] for name in ("INCIDENT_IO_BASE_URL", "INCIDENT_IO_API_KEY", "HOME", "LANG")}
    return StdioServerParameters(command=path, args=["mcp"], env=environment)


async def visit(server, mode, way):
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]

        async def call(name, **arguments):
            result = await client.call_tool(name, arguments)
            size = len(result.model_dump_json(exclude_none=True, by_alias=True))
            assert size <= MOST_BYTES, f"{name} answered {size} bytes"
            return result

        async def answer(name, **arguments):
            result = await call(name, **arguments)
            assert not result.is_error, f"{name}: {result.content}"
            return result.structured_content["data"]

        incident = (await answer("whats_on_fire"))["incidents"][0]["reference"]
        arguments = {
            "incident": {"incident": incident},
            "investigate": {"incident": incident},
            "similar": {"incident": incident},
            "draft": {"incident": incident, "text": "summary"},
            "since_i_was_away": {"since": "8h"},
            "search": {"words": ["checkout"]},
            "on_call": {},
            "journal": {},
        }
        for name, given in arguments.items():
            await answer(name, **given)
        for name, given in {"changes": {}, "evidence": {"incident": incident, "id": "E1"}}.items():
            await call(name, **given)

        fields = {"message": f"Rolling back, as the {mode} client says over {way}"}
        proposed = await answer("propose", kind="update", about=incident, fields=fields)
        done = await answer("confirm", token=proposed["token"])
        assert done["writes"][0]["state"] == "confirmed", done
        assert proposed["requests"][0] in asked[-1], asked
        again = await call("confirm", token=proposed["token"])
        assert again.is_error and "confirmed already" in again.content[0].text, again
        untried = set(names) - set(arguments) - {"whats_on_fire", "changes", "evidence", "propose", "confirm"}
        assert not untried, untried

        for template in (await client.list_resource_templates()).resource_templates:
            if "evidence" not in template.uri_template:
                uri = template.uri_template.replace("{reference}", incident)
                assert (await client.read_resource(uri)).contents[0].text
        for prompt in (await client.list_prompts()).prompts:
            value = "8h" if prompt.name == "handover" else incident
            got = await client.get_prompt(prompt.name, {prompt.arguments[0].name: value})
            assert value in got.messages[0].content.text
        return len(names)


async def main():
    path, url = sys.argv[1:]
    authorization = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    for mode in ("legacy", "2026-07-28"):
        tools = await visit(program(path), mode, "stdio")
        async with httpx2.AsyncClient(headers=authorization, timeout=60, trust_env=False) as http:
            server = streamable_http_client(url, http_client=http)
            assert await visit(server, mode, "HTTP") == tools
        print(json.dumps({"mode": mode, "tools": tools, "asked": len(asked)}))


asyncio.run(main())
