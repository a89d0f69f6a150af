"""A night with an agent at the desk, as a transcript: paged, investigate, similar, propose an update, confirm.

Played by the official Python SDK against a simulated organisation with an outage. What docs/agents.md quotes of it is held against
what is said now, figures and times aside.
"""

import asyncio
import os
import re
import sys
import time
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult

UPDATE = "Looking at checkout: {cause} Evidence {evidence}."
PATIENCE = 120
lines = []


def say(text=""):
    for line in text.splitlines() or [""]:
        lines.append(line.rstrip())
        print(line.rstrip(), flush=True)


async def person(context, params):
    """The engineer reads what is asked, and agrees."""
    say("the engineer is asked")
    for line in params.message.splitlines():
        say(f"  | {line}")
    say("  y")
    say()
    return ElicitResult(action="accept", content={"send": True})


def is_outage(incident):
    return "checkout" in incident["name"].lower() and incident["priority"] in ("P0", "P1")


class Night:
    def __init__(self, client):
        self.client = client

    async def ask(self, tool, **arguments):
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, f"{tool}: {result.content}"
        return result.structured_content["data"]

    async def call(self, tool, **arguments):
        given = " ".join(f"{name}={value}" for name, value in arguments.items() if name != "token")
        say(f"> {tool} {given}")
        return await self.ask(tool, **arguments)

    async def outage(self):
        """Somebody was paged for the outage, and has not answered; and enough was measured to tell its cause."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            fire = await self.ask("whats_on_fire")
            found = next(filter(is_outage, fire["incidents"]), None)
            if found and fire["pages_nobody_answered"]:
                if (await self.ask("investigate", incident=found["reference"]))["settled"]:
                    return found["reference"]
            await asyncio.sleep(0.5)
        raise AssertionError("no outage whose cause is known")

    async def paged(self):
        fire = await self.call("whats_on_fire")
        for incident in fire["incidents"][:3]:
            lead = incident["lead"] or "nobody"
            say("  {reference} {priority} {name}, {status}, {age}, led by ".format(**incident) + lead)
        for page in fire["pages_nobody_answered"][:2]:
            say("  nobody answered: {title} ({path})".format(**page))
        say()

    async def known(self, incident):
        known = await self.call("incident", incident=incident)
        for entry in reversed(known["timeline"]):
            if entry["kind"] in ("alert", "page", "note"):
                say("  {at} {kind}: {says}".format(**entry))
        say()

    async def why(self, incident):
        found = await self.call("investigate", incident=incident)
        cause = found["causes"][0]
        say(f"  {found['summary']}")
        say(f"  since {found['onset']} ({found['onset_from']})")
        say(f"  {cause['confidence']} % {cause['says']}")
        for fact in found["evidence"]:
            if fact["id"] in cause["evidence_for"][:3]:
                say(f"    {fact['id']} {fact['says']} ({fact['source']})")
        for action in found["actions"][:2]:
            say(f"  do: {action}")
        say()
        return cause

    async def before(self, incident):
        past = await self.call("similar", incident=incident, least=10)
        for one in past["similar"][:2]:
            say("  {likeness} % {reference} {name}".format(**one))
            say("    caused by {cause}; {resolution}".format(**one))
        if not past["similar"]:
            say("  nothing like it")
        say()

    async def tell(self, incident, cause):
        evidence = ", ".join(cause["evidence_for"][:2])
        message = UPDATE.format(cause=cause["says"], evidence=evidence)
        fields = {"message": message}
        proposed = await self.call("propose", kind="update", about=incident, fields=fields)
        for change in proposed["changes"]:
            say(f"  {change}")
        say(f"  {proposed['pages']} {proposed['way_back']}")
        say(f"  good until {proposed['expires']}; nothing is sent")
        say()
        done = await self.call("confirm", token=proposed["token"])
        sent = done["writes"][0]
        assert sent["state"] == "confirmed", sent
        say(f"  {sent['what']}: {sent['state']}")
        say()
        journal = await self.call("journal")
        row = journal["writes"][0]
        assert row["key"] == sent["key"], row
        say("  {recorded} {state}, proposed by {proposed_by}: {what}".format(**row))
        timeline = (await self.ask("incident", incident=incident))["timeline"]
        assert any(message[:40] in str(entry) for entry in timeline), timeline


def shape(line):
    """A line without what differs from night to night: figures, times."""
    return re.sub(r"\d+", "#", line).strip()


def hold_page():
    """Every line that the page quotes is said, in its order, up to dots that stand for the rest of it."""
    page = Path("docs/agents.md").read_text()
    quoted = re.search(r"<!-- night -->\n```\n(.*?)```", page, re.S)
    assert quoted, "the page quotes no transcript"
    said = iter([shape(line) for line in lines])
    for line in quoted.group(1).splitlines():
        wanted = shape(line.replace("…", ""))
        if wanted:
            assert any(wanted in one for one in said), f"the page says what is not said: {line}"


async def main():
    program, config = sys.argv[1:3]
    environment = {name: os.environ[name] for name in ("INCIDENT_IO_BASE_URL", "INCIDENT_IO_API_KEY", "HOME", "LANG")}
    server = StdioServerParameters(command=program, args=["--config", config, "mcp"], env=environment)
    async with Client(server, elicitation_callback=person) as client:
        night = Night(client)
        incident = await night.outage()
        await night.paged()
        await night.known(incident)
        cause = await night.why(incident)
        await night.before(incident)
        await night.tell(incident, cause)
    hold_page()


asyncio.run(main())
