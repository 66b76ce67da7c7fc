"""The chain from the token to the tools: what it says, and that its drawing can be read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from itertools import combinations, pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from iamsim import documents
from iamsim.model.policy import PolicyType
from iamsim.model.report import AssumeStep, Message, RoleUse, Status, ToolResult
from iamsim.model.server import AssumeTemplate, Broker, Call
from iamsim.model.tool import Credential, Necessity, Unresolved
from iamsim.model.verdict import ElementVerdict, Layer, StatementVerdict
from iamsim.renderers import _chain, _chain_across, _chain_drawing, _measured
from iamsim.renderers._view import View
from tests.renderers import real, reports

HOSTILE = "</title><script>alert(1)</script>\"' onload=x \u202eevil\u202c \x1b[31m " + "A" * 400
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 400, "height": 800}

OVERLAPS = """() => {
  const svg = [...document.querySelectorAll('.drawn svg')].find(e => e.getBoundingClientRect().width)
  const found = [], box = e => e.getBBox()
  const inside = (a, b) => a.x >= b.x - .5 && a.y >= b.y - .5 && a.x + a.width <= b.x + b.width + .5 && a.y + a.height <= b.y + b.height + .5
  const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  const nodes = [...svg.querySelectorAll('.node')], rects = nodes.map(n => box(n.querySelector('rect')))
  const view = svg.viewBox.baseVal
  nodes.forEach((node, i) => {
    for (const text of node.querySelectorAll('text')) if (!inside(box(text), rects[i])) found.push('out of its box: ' + text.textContent)
    rects.forEach((other, j) => { if (j > i && !apart(rects[i], other)) found.push('boxes overlap: ' + i + ' ' + j) })
    if (!inside(rects[i], view)) found.push('cut: ' + i)
  })
  const said = [...svg.querySelectorAll('.way text')]
  said.forEach((text, i) => {
    const own = box(text)
    if (!inside(own, view)) found.push('cut: ' + text.textContent)
    rects.forEach(rect => { if (!apart(own, rect)) found.push('under a box: ' + text.textContent) })
    said.slice(i + 1).forEach(other => { const b = box(other); if (!apart({x: own.x, y: own.y + 3, width: own.width, height: own.height - 6}, b)) found.push('texts overlap: ' + text.textContent + ' | ' + other.textContent) })
  })
  for (const line of svg.querySelectorAll('.line')) {
    const whole = line.getTotalLength()
    for (let at = 2; at < whole - 2; at += 4) {
      const p = line.getPointAtLength(at)
      if (rects.some(r => p.x > r.x + 1 && p.x < r.x + r.width - 1 && p.y > r.y + 1 && p.y < r.y + r.height - 1)) { found.push('a line crosses a box'); break }
    }
    for (const text of said) {
      const b = box(text)
      for (let at = 2; at < whole - 2; at += 2) {
        const p = line.getPointAtLength(at)
        if (p.x > b.x && p.x < b.x + b.width && p.y > b.y + 2 && p.y < b.y + b.height - 2) { found.push('a line crosses: ' + text.textContent); break }
      }
    }
  }
  return found
}"""
SHOWN = "() => [...document.querySelectorAll('.drawn svg')].filter(e => e.getBoundingClientRect().width).map(e => e.getAttribute('class').split(' ')[0])"

SMALLEST = """() => Math.min(...[...document.querySelectorAll('.drawn text')].filter(e => e.getBoundingClientRect().width)
  .map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a))"""
"""The size in pixels in which the smallest text is shown."""

SYSTEM_COLORS = """() => {
  const system = name => { const e = document.body.appendChild(document.createElement('i')); e.style.color = name; const is = getComputedStyle(e).color; e.remove(); return is }
  const wrong = []
  for (const text of document.querySelectorAll('.drawn-narrow text')) {
    const wants = system(text.closest('a') ? 'LinkText' : 'CanvasText'), is = getComputedStyle(text).fill
    if (is !== wants) wrong.push(text.textContent + ': ' + is + ', not ' + wants)
  }
  return wrong
}"""


def with_hops():
    """The role is handed out, assumed, and goes on to two more, the last of which does not trust the one before."""
    report, refused = reports.fixed(), reports.refused()
    first = replace(report.assume, role_arn="arn:aws:iam::444455556666:role/hop/one", principal=reports.ROLE)
    missing = tuple(replace(probe, id=f"hop/{probe.id}") for probe in refused.probes)
    last = replace(
        refused.assume,
        role_arn="arn:aws:iam::123456789012:role/hop/two",
        principal=first.role_arn,
        probes=tuple(f"hop/{name}" for name in refused.assume.probes),
    )
    own = AssumeStep(Status.ALLOWED, reports.TASK, "ecs-tasks.amazonaws.com", probes=report.assume.probes)
    findings = tuple(replace(each, probes=tuple(f"hop/{name}" for name in each.probes)) for each in refused.findings)
    return replace(
        report,
        identity=own,
        hops=(first, last),
        tools=refused.tools,
        probes=(*report.probes, *missing),
        findings=findings,
        exit_code=1,
    )


def brokered():
    """A server that hands the token to a broker for the role of its tools, beside tools of every other kind."""
    report = reports.fixed()
    kinds = (Credential.BROKERED, Credential.UNSIGNED, Credential.BEARER, Credential.NONE, Credential.SERVER)
    tools = tuple(
        ToolResult(f"acts_{kind}", "", RoleUse.IGNORES, (kind,), Status.UNKNOWN if number else Status.ALLOWED)
        for number, kind in enumerate(kinds)
    )
    broker = Broker("the catalog", "takes the bearer token and answers with credentials of the user's role")
    server = replace(report.server, broker=broker)
    return replace(report, server=server, assume=AssumeStep(Status.NOT_APPLICABLE), tools=tools, role_arn=None)


def with_role_and_broker():
    """Some tools act with the role that the server assumes, one with a role that a broker hands out."""
    report = reports.refused()
    other = ToolResult("browses", "", RoleUse.IGNORES, (Credential.BROKERED,), Status.UNKNOWN)
    server = replace(report.server, broker=Broker("the catalog"))
    return replace(report, server=server, tools=(*report.tools, other))


def without_tools():
    """A role is assumed, and nothing is told of what for."""
    return replace(reports.refused(), tools=())


def hostile():
    """Every text that a stranger may have written holds markup, an override of direction and a very long word."""
    report = reports.refused()
    token = replace(
        report.token,
        claims={"sub": HOSTILE, "iss": "ﷺ﷽漢字" * 40, "aud": [HOSTILE]},
        role_arn=f"arn:aws:iam::111122223333:role/{HOSTILE}",
        refusals=(Message(HOSTILE, "server"),),
        status=Status.DENIED,
    )
    call = Call(HOSTILE, HOSTILE, "עברית " * 60, tags={HOSTILE: HOSTILE})
    step = replace(report.assume, role_arn=HOSTILE, principal=HOSTILE, call=call, invalid=(Message(HOSTILE),))
    tools = tuple(replace(tool, name=f"{tool.name}{HOSTILE}") for tool in report.tools)
    server = replace(report.server, base=HOSTILE)
    return replace(report, token=token, assume=step, tools=tools, server=server)


BUILT = {
    "refused": reports.refused,
    "no_credentials": reports.no_credentials,
    "unseen": reports.unseen,
    "with_hops": with_hops,
    "brokered": brokered,
    "with_role_and_broker": with_role_and_broker,
    "without_tools": without_tools,
    "hostile": hostile,
}
ALL = (*real.ACCOUNTS, *BUILT)


def report_of(name):
    return BUILT[name]() if name in BUILT else real.real(name)


def chain_of(name):
    return _chain.chain(View(report_of(name)))


def harness(name):
    """A page with the drawing in it and nothing else but what it leads to."""
    chain = chain_of(name)
    folder = resources.files("iamsim.renderers") / "templates"
    style = "".join((folder / part).read_text(encoding="utf-8") for part in ("report.css", "chain.css"))
    targets = sorted({node.href[1:] for node in chain.nodes} | {edge.href[1:] for edge in chain.edges if edge.href})
    rest = "".join(f'<p id="{target}">{target}</p>' for target in targets)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The chain</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f'<body><main class="wide"><h1>The chain</h1>{_chain_drawing.drawing(chain)}{rest}</main></body></html>'
    )


@pytest.fixture
def opened(page, tmp_path):
    def open_(name):
        path = tmp_path / "chain.html"
        path.write_text(harness(name), encoding="utf-8")
        page.goto(path.as_uri())
        return page

    return open_


# ---------------------------------------------------------------- what it says


def said(name):
    return [(row.by, str(row.outcome), row.why) for row in _chain.rows(chain_of(name))]


def test_the_failed_step_names_the_missing_action_and_who_lacks_it():
    assert (
        "✓ sts:AssumeRole, ✗ sts:SetSourceIdentity",
        "✗ cannot be assumed",
        "no sts:SetSourceIdentity in the trust policy and the caller's policies",
    ) in said("quilt-task-role")


def test_the_failed_step_names_the_condition_that_does_not_hold():
    (why,) = [why for by, _, why in said("quilt-external-id") if "sts:AssumeRole" in by]
    absent = "sts:ExternalId is absent from this request; StringEquals wants `mcp-jwt-testing`"
    assert why == f"{absent}; no sts:SetSourceIdentity in the trust policy"


def refused_by(**changed):
    """Why the role cannot be assumed where the explanation of the denial is `changed`."""
    report = reports.refused()
    told = replace(report.probes[1].explanation, **changed)
    denied = replace(report, probes=(report.probes[0], replace(report.probes[1], explanation=told)))
    (edge,) = [edge for edge in _chain.chain(View(denied)).edges if edge.target == "role"]
    return edge.told


def test_a_denial_that_no_policy_is_behind_gives_its_reason():
    told = refused_by(failing=(Layer.SERVICE,), decisive=(), reason="STS does not let roots")
    assert told == ("sts:SetSourceIdentity: STS does not let roots",)


def test_statements_that_deny_are_named_while_they_are_few():
    statements = [{"Sid": f"No{number}", "Effect": "Deny", "Action": "*", "Resource": "*"} for number in range(5)]
    policy = documents.policy(json.dumps({"Statement": statements}), document="guard.json", name="guard")
    verdicts = tuple(
        StatementVerdict(each, policy.name, PolicyType.SCP, (ElementVerdict("Action", matched=True),))
        for each in policy.statements
    )
    named = [f"denied by service control policy guard, statement No{number} (Deny)" for number in range(3)]
    assert refused_by(failing=(Layer.SCP,), decisive=verdicts[:1]) == (named[0],)
    assert refused_by(failing=(Layer.SCP, Layer.IDENTITY), decisive=verdicts) == (
        *named,
        "2 more that do so",
        "no sts:SetSourceIdentity in the caller's policies",
    )


def test_of_a_call_that_is_not_made_no_permission_is_told_as_given():
    (why,) = [why for by, _, why in said("quilt-auth0-subject") if by == "· sts:AssumeRole, · sts:SetSourceIdentity"]
    assert why.startswith("AWS: An error occurred (ValidationError)")


def test_the_token_shows_the_claims_that_count_and_how_many_more_there_are():
    report = reports.refused()
    names = ("team", "project", "stage", "city")
    template = AssumeTemplate((), ("sub",), "mcp", tag_claims=names)
    claims = {"iss": "https://idp.example", "aud": ["mcp"], "sub": "alice", "other": "no"} | dict.fromkeys(names, "x")
    token = replace(report.token, claims=claims)
    changed = replace(report, token=token, server=replace(report.server, assume=template))
    assert [(line.name, line.value) for line in _chain.chain(View(changed)).spine[0].lines] == [
        ("issuer", "https://idp.example"),
        ("audience", '["mcp"]'),
        ("subject", "alice"),
        ("team", "x"),
        ("project", "x"),
        ("", "and 2 more claims"),
        ("role", reports.ROLE),
    ]


def test_the_server_shows_whose_its_credentials_are_and_where_it_has_them_from():
    (server,) = [node for node in chain_of("refused").spine if node.id == "server"]
    assert server.words == f"The server's own principal; {reports.SESSION}; from the default chain of boto3"


def test_a_step_that_stays_open_names_what_it_depends_on():
    on = "service control policies (SCP) and resource control policies (RCP)"
    assert ("? sts:AssumeRole", "? unknown", f"sts:AssumeRole depends on {on}") in said("unseen")


def test_a_step_that_works_names_the_statement_of_the_trust_policy():
    assert (
        "✓ sts:AssumeRole, ✓ sts:SetSourceIdentity",
        "✓ can be assumed",
        "trust statement QuiltMcpServer",
    ) in said("quilt-fixed")


def test_without_credentials_the_call_never_leaves_and_no_permission_is_blamed():
    rows = said("quilt-no-credentials")
    assert (
        "✗ sts:AssumeRole",
        "✗ call never leaves the server",
        "no AWS credentials: the call never leaves the server",
    ) in rows
    assert [why for _, outcome, why in rows if outcome == "✗ no credentials"] == ["", ""]
    (why,) = [why for by, _, why in rows if by == "the role session signs"]
    assert why == "once assumed: no s3:ListBucket, s3:GetObject, kms:Decrypt and 2 more"


def test_every_tool_stands_in_one_group_with_the_worst_outcome_of_the_group():
    for account in real.ACCOUNTS:
        report, chain = real.real(account), chain_of(account)
        assert sum(int(node.title.split()[0]) for node in chain.groups) == len(report.tools)
    nodes = {node.id: node for node in chain_of("quilt-task-role").groups}
    assert [(node.title, str(node.label)) for node in nodes.values()] == [
        ("6 tools with the role", "✗ blocked"),
        ("3 tools as the server, if the role is assumable", "✗ blocked"),
        ("11 tools as the server", "✗ denied"),
        ("13 tools without a credential", "· not decided by IAM"),
        ("20 tools with a bearer token", "· not decided by IAM"),
    ]
    assert [line.value for line in nodes["tools-server"].lines] == [
        "10 denied, 1 not decided by IAM",
        "3 also unsigned",
        "1 also with a bearer token",
        "package_browse, package_diff, package_create_from_s3 and 8 more",
    ]


def test_tools_that_lack_a_permission_say_which():
    (row,) = [row for row in said("example-s3-iam-search") if row[0] == "the role session signs"]
    assert row == ("the role session signs", "✗ denied", "no s3:ListBucket, iam:ListRoles, iam:GetRole and 3 more")


def test_a_missing_permission_is_laid_to_the_credential_that_lacks_it_and_says_after_what():
    (row,) = [row for row in said("quilt-task-role") if row[0] == "the role session signs"]
    lacks = "once assumed: no s3:ListBucket, s3:GetObject, kms:Decrypt and 2 more; as the server: no s3:GetObject"
    assert row == ("the role session signs", "✗ blocked", lacks)


def test_a_need_that_its_tool_does_without_makes_no_edge_fail_and_what_is_open_makes_none_succeed():
    report = reports.fixed()
    (tool,) = [tool for tool in report.tools if tool.name == "package_delete"]
    lacking = replace(tool.needs[-1], status=Status.DENIED, gap=True)
    optional = replace(lacking, gap=False, requirement=replace(lacking.requirement, necessity=Necessity.OPTIONAL))

    def outcome(*more, unresolved=()):
        changed = replace(tool, needs=(*tool.needs, *more), unresolved=unresolved)
        edges = _chain.chain(View(replace(report, tools=(changed,)))).edges
        (edge,) = [edge for edge in edges if edge.source == "server" and edge.target == "tools-gate-only"]
        return str(edge.outcome), edge.told

    assert outcome() == ("✓ allowed", ())
    assert outcome(lacking) == ("✗ denied", (f"no {lacking.requirement.action}",))
    assert outcome(replace(lacking, spared=True)) == ("✓ allowed", ())
    assert outcome(optional) == ("✓ allowed", ())
    assert outcome(replace(optional, status=Status.UNKNOWN)) == ("✓ allowed", ())
    assert outcome(replace(lacking, status=Status.UNKNOWN, gap=False)) == ("? unknown", ())
    assert outcome(unresolved=(Unresolved("a plugin", "it is not there"),)) == ("? unknown", ())


def test_each_hop_is_a_node_and_the_one_that_fails_says_why():
    chain = chain_of("with_hops")
    assert [node.title for node in chain.spine] == [
        "Bearer token",
        "The server's own principal",
        "Role session",
        "Hop 1",
        "Hop 2",
    ]
    assert "handed out by ecs-tasks.amazonaws.com" in chain.spine[1].words
    outcomes = [str(edge.outcome) for edge in chain.edges[:4]]
    assert outcomes == ["✓ accepted", "✓ can be assumed", "✓ can be assumed", "✗ cannot be assumed"]
    assert chain.edges[3].told == ("no sts:SetSourceIdentity in the caller's policies and the trust policy",)
    assert chain.edges[3].href == "#finding-assume-denied-sts-setsourceidentity"
    assert next(edge for edge in chain.edges if edge.target == "tools-role").source == "hop-2"


def test_a_broker_stands_between_the_token_and_its_tools():
    chain = chain_of("brokered")
    ways = {(edge.source, edge.target) for edge in chain.edges}
    assert {("token", "broker"), ("broker", "tools-brokered"), ("token", "tools-bearer")} <= ways
    assert {("server", "tools-server"), ("server", "tools-unsigned"), ("server", "tools-none")} <= ways
    assert not [node for node in chain.nodes if node.id == "role"]


def test_a_refused_token_fails_on_its_first_way():
    refused = replace(reports.refused().token, status=Status.DENIED, refusals=(Message("token has expired", "server"),))
    row = _chain.rows(_chain.chain(View(replace(reports.refused(), token=refused))))[0]
    assert (str(row.outcome), row.why) == ("✗ refused by the server", "the server: token has expired")


@pytest.mark.parametrize("name", ALL)
def test_the_table_says_all_that_the_drawing_says(name):
    chain = chain_of(name)
    table = " ".join(" ".join((*row[:3], str(row.outcome), row.why)) for row in _chain.rows(chain))
    for node in chain.nodes:
        assert node.words in table
    for edge in chain.edges:
        assert all(str(part) in table for part in (*edge.asked, edge.outcome, *edge.told))


# ---------------------------------------------------------------- the markup


class Elements(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", ALL)
def test_the_drawing_has_no_script_no_style_attribute_and_only_links_within_the_page(name):
    text = str(_chain_drawing.drawing(chain_of(name)))
    assert text == str(_chain_drawing.drawing(chain_of(name)))
    elements = Elements(text).found
    assert {tag for tag, _ in elements} <= {"div", "svg", "a", "g", "title", "rect", "path", "text", "tspan"}
    assert not [attrs for _, attrs in elements if "style" in attrs or any(key.startswith("on") for key in attrs)]
    links = [attrs["href"] for tag, attrs in elements if tag == "a"]
    assert links
    assert all(re.fullmatch(r"#[a-z0-9_-]+", link) for link in links)
    assert not re.search("[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069]", text)


def test_a_drawing_of_the_real_case_is_small():
    text = str(_chain_drawing.drawing(chain_of("quilt-task-role")))
    assert len(text) < 20_000
    assert len(Elements(text).found) < 320


def test_hostile_text_is_shown_and_bounded():
    text = str(_chain_drawing.drawing(chain_of("hostile")))
    assert "&lt;/title&gt;&lt;script&gt;" in text
    assert "\\u202eevil" in text
    assert len(text) < 80_000


def test_signs_that_a_font_may_draw_wider_are_held_to_their_room():
    text = str(_chain_drawing.drawing(chain_of("hostile")))
    assert re.findall(r'textLength="\d+(?:\.\d)?" lengthAdjust="spacingAndGlyphs">[^<]*\ufdfa', text)
    assert not re.findall(r'textLength="[^>]*>[ -~]*<', text)


def test_a_name_of_a_megabyte_makes_neither_the_drawing_nor_the_table_long():
    report, long = reports.refused(), "A" * 2**20
    token = replace(report.token, claims={"sub": long, "iss": [long]})
    chain = _chain.chain(View(replace(report, token=token, assume=replace(report.assume, invalid=(Message(long),)))))
    assert len(_chain_drawing.drawing(chain)) < 30_000
    assert sum(len(str(cell)) for row in _chain.rows(chain) for cell in row) < 60_000


def test_a_long_name_is_shortened_in_its_middle_and_whole_in_its_title():
    role = f"arn:aws:iam::111122223333:role/{'deep/' * 60}reader"
    report = reports.refused()
    step = replace(report.assume, role_arn=role)
    text = str(_chain_drawing.drawing(_chain.chain(View(replace(report, assume=step)))))
    assert f"Role session; cannot be assumed; {role};" in text
    drawn = re.sub("<title>.*?</title>", "", text)
    assert "…" in drawn
    assert role not in "".join(re.findall(r"<text[^>]*>(.*?)</text>", drawn))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ("",)),
        ("one two", ("one two",)),
        ("no s3:GetObject, kms:Decrypt", ("no s3:GetObject,", "kms:Decrypt")),
        ("arn:aws:iam::111122223333:role/quilt", ("arn:aws:iam::", "111122223333:", "role/quilt")),
        ("w" * 30, ("w" * 12, "w" * 12, "w" * 6)),
    ],
)
def test_text_wraps_between_words_then_behind_signs_then_anywhere(text, lines):
    room = _measured.width("w" * 12, 12)
    assert _measured.wrapped(text, room, 12) == lines
    assert all(_measured.width(line, 12) <= room for line in lines)


@pytest.mark.parametrize("name", [name for name in ALL if name != "with_hops"])
def test_lines_from_left_to_right_neither_cross_nor_lie_upon_each_other(name):
    stretches = [list(pairwise(way.corners)) for way in _chain_across.sheet(chain_of(name)).ways]
    for one, other in combinations(stretches, 2):
        assert not [(a, b) for a in one for b in other if touch(a, b)]


def touch(one, other):
    """Whether two stretches, each of which runs straight down or to the right, have a point in common."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    return max(ax, cx) <= min(bx, dx) and max(ay, cy) <= min(by, dy)


# ---------------------------------------------------------------- what is seen


def test_in_the_browser_boxes_lie_apart_and_texts_within_them(opened):
    for name in ALL:
        page = opened(name)
        for size, shown in ((WIDE, "drawn-wide"), (NARROW, "drawn-narrow")):
            page.set_viewport_size(size)
            assert page.evaluate(SHOWN) == [shown], name
            assert page.evaluate(OVERLAPS) == [], (name, shown)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, shown)


@pytest.mark.parametrize("wide", [1280, 1081, 1080, 400])
def test_text_stays_readable_on_every_screen(opened, wide):
    for name in ("quilt-task-role", "with_hops"):
        page = opened(name)
        page.set_viewport_size({"width": wide, "height": 800})
        assert page.evaluate(SMALLEST) >= 10, name


def test_lines_tell_their_outcome_by_their_dashes(opened):
    page = opened("refused")
    page.set_viewport_size(WIDE)
    dash = "tone => getComputedStyle(document.querySelector(`.drawn-wide .e-${tone} .line`)).strokeDasharray"
    assert page.evaluate(dash, "good") == "none"
    assert page.evaluate(dash, "bad") == "7px, 5px"
    assert page.evaluate(dash, "open") == "1.5px, 4px"


def test_nodes_are_reached_by_the_keyboard_and_lead_on(opened):
    page = opened("quilt-task-role")
    page.set_viewport_size(WIDE)
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    chain = chain_of("quilt-task-role")
    assert reached == ["#assume", "#assume", chain.edges[1].href, "#assume", chain.groups[0].href]
    assert reached[2].startswith("#finding-assume-denied-sts-setsourceidentity")
    page.locator(".drawn-wide .node").last.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#tool-search_catalog")


@pytest.mark.parametrize("name", ["quilt-task-role", "hostile"])
def test_axe_finds_nothing_in_light_and_dark_and_forced_colors(opened, name):
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    page = opened(name)
    for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": tags})
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]] == []
    page.emulate_media(forced_colors="active")
    assert page.evaluate(SYSTEM_COLORS) == []


def test_the_drawing_prints_from_left_to_right(opened):
    page = opened("quilt-task-role")
    page.set_viewport_size(NARROW)
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN) == ["drawn-wide"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
