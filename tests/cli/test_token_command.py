"""`iamsim token`: what is shown of a token, and when it is verified."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import run
from tests.tokens import made
from tests.tokens.published import site

AT = "2026-01-31T12:00:00Z"
NOW = 1_769_860_800
ROLE = "arn:aws:iam::111122223333:role/quilt-tenant"
CLAIMS = {
    "iss": "https://idp.example.com",
    "aud": "mcp",
    "sub": "alice",
    "role_arn": ROLE,
    "iat": NOW - 60,
    "exp": NOW + 7200,
}
QUILT = "quilt-mcp@2026-01"


@pytest.fixture
def write(tmp_path):
    """A token in a file: header, claims over the usual ones (None: left out), and the name of the key."""

    def written(key: str = "secret", header=None, **claims) -> str:
        found = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
        (tmp_path / "alice.jwt").write_text(made.token({"alg": "HS256", **(header or {})}, found, key))
        return "alice.jwt"

    return written


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "shared").write_bytes(made.SECRETS["secret"])
    return "shared"


@pytest.fixture
def pem(tmp_path):
    (tmp_path / "issuer.pem").write_bytes(made.pem("rsa"))
    return "issuer.pem"


def inspect(folder, *arguments, **named):
    return run(folder, "token", "inspect", "--token-file", "alice.jwt", "--at", AT, *arguments, **named)


def verify(folder, *arguments, **named):
    return run(folder, "token", "verify", "--token-file", "alice.jwt", "--at", AT, *arguments, **named)


# ---------------------------------------------------------------- inspect


def test_claims_are_shown_with_their_times_in_words_and_as_unverified(tmp_path, write):
    write()
    ran = inspect(tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        f"alice.jwt: read at {AT} and NOT verified: whoever made it could have written anything\n"
    )
    assert "\n  alg  HS256\n" in ran.out
    assert f"\n  role_arn  {ROLE}\n" in ran.out
    assert f"\n  exp       {NOW + 7200}   2026-01-31T14:00:00Z, in 2 hours\n" in ran.out
    assert f"\n  iat       {NOW - 60}   2026-01-31T11:59:00Z, 1 minute ago\n" in ran.out
    assert "weaknesses: none that can be seen" in ran.out


def test_what_a_server_reads_is_shown_in_its_order_with_what_it_ignores_and_what_aws_is_sent(tmp_path, write):
    write(user_id="bob", catalog_url="https://catalog.example.com")
    ran = inspect(tmp_path, "--tools", QUILT)
    assert ran.code == 0
    assert "checks: signed with HS256, has exp, iss is not checked, aud is not checked" in ran.words
    assert "role takes role_arn; looks for role_arn, then roleArn, then aws_role_arn, then awsRoleArn" in ran.words
    assert "subject takes sub; looks for sub, then user_id, then id" in ran.words
    assert "session tags finds none; looks for session_tags" in ran.words
    assert "ignores: user_id, catalog_url" in ran.words
    assert (
        f"sends to AWS: sts:AssumeRole RoleArn {ROLE} RoleSessionName mcp-alice-{NOW} SourceIdentity alice" in ran.words
    )
    assert f"aws sts assume-role --role-arn {ROLE} --role-session-name mcp-alice-{NOW}" in ran.words


def test_a_server_that_makes_no_call_says_where_the_token_goes(tmp_path, write):
    write()
    ran = inspect(tmp_path, "--tools", "quilt-mcp@0.21")
    assert "checks: nothing: the server takes any token" in ran.words
    assert "sends to AWS: no AssumeRole call is made; the token goes to Quilt registry" in ran.words


def test_several_servers_are_shown_one_after_the_other(tmp_path, write):
    write()
    found = json.loads(inspect(tmp_path, "--tools", QUILT, "--tools", "quilt-mcp@0.21", "--json").out)
    assert [server["server"] for server in found["servers"]] == [QUILT, "quilt-mcp@0.21"]
    assert found["verified"] is None
    sent = found["servers"][0]["sent"]
    assert sent["operation"] == "sts:AssumeRole"
    assert sent["parameters"]["RoleArn"] == ROLE
    assert found["servers"][1]["sent"] is None


def test_a_claim_that_the_server_cannot_do_without_is_named(tmp_path, write):
    write(role_arn=None)
    ran = inspect(tmp_path, "--tools", QUILT)
    assert ran.code == 0
    assert "refuses: JWT claim 'role_arn' is required for role assumption." in ran.words
    assert "sends to AWS: nothing, it cannot build the call" in ran.words


def test_a_setting_of_the_server_counts(tmp_path, write):
    write()
    arguments = ("--tools", QUILT, "--set", "MCP_JWT_AUDIENCE=api", "--set", "MCP_JWT_SESSION_DURATION=900")
    ran = inspect(tmp_path, *arguments)
    assert "aud is api" in ran.words
    assert "DurationSeconds 900" in ran.words


@pytest.mark.parametrize("way", ["stdin", "environment", "settings"])
def test_the_token_comes_from_where_a_check_takes_it(tmp_path, write, monkeypatch, way):
    text, stdin, arguments = (tmp_path / write()).read_text(), b"", []
    if way == "stdin":
        stdin, arguments = text.encode() + b"\n", ["--token-file", "-"]
    elif way == "environment":
        monkeypatch.setenv("IAMSIM_TOKEN", text)
    else:
        (tmp_path / "iamsim.toml").write_text('token_file = "alice.jwt"\n')
    ran = run(tmp_path, "token", "inspect", *arguments, stdin=stdin)
    assert ran.code == 0
    assert "sub alice" in ran.words


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("action", ["inspect", "verify"])
def test_neither_the_token_nor_a_secret_is_shown(tmp_path, write, secret, form, action):
    inner = made.token({"alg": "HS256"}, {"sub": "inner"})
    opening = made.base64url(json.dumps({"alg": "HS256"}).encode())
    told = {"note": f"see {inner}", "half": f"begins {opening}", "again": "it is planted-password, again"}
    text = (tmp_path / write(catalog_token=inner, password="planted-password", **told)).read_text()
    assert text.startswith(f"{opening}.")
    key = ("--secret-file", secret) if action == "verify" else ("--tools", QUILT)
    ran = run(tmp_path, "token", action, "--token-file", "alice.jwt", "--at", AT, *key, *form)
    assert ran.code == 0
    for part in (*text.split("."), *inner.split("."), "planted-password"):
        assert part not in ran.out + ran.err
    assert "redacted" in ran.out


def test_a_claim_cannot_steer_the_terminal(tmp_path, write):
    write(name="\x1b[2Jgone", **{"a\nb": "c\u202ed"})
    out = inspect(tmp_path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "a\ufffdb" in out


# ---------------------------------------------------------------- weaknesses


@pytest.mark.parametrize(
    ("header", "claims", "severity", "message", "cite"),
    [
        ({"alg": "NoNe"}, {}, "critical", "the token is not signed (`alg` is none)", "RFC 8725, section 3.2"),
        ({"kid": "../../dev/null"}, {}, "high", "the header's `kid` holds a path", "RFC 8725, section 3.10"),
        ({"kid": "a' OR 1=1"}, {}, "high", "the header's `kid` holds SQL", "RFC 8725, section 3.10"),
        ({"kid": "https://a.example/k"}, {}, "medium", "the header's `kid` holds a URL", "RFC 8725, section 3.10"),
        ({"jku": "https://a.example/"}, {}, "high", "the header brings the address of keys", "RFC 8725, section 3.10"),
        ({"x5c": ["AAAA"]}, {}, "high", "the header brings a certificate", "RFC 8725, section 3.10"),
        ({"crit": ["x"]}, {}, "medium", "the header demands an extension", "RFC 7515, section 4.1.11"),
        ({}, {"exp": None}, "high", "the token has no `exp`", "RFC 6750, section 5.3"),
        ({}, {"exp": NOW + 99 * 86_400}, "high", "the token is good for 99 days", "RFC 6750, section 5.3"),
        ({}, {"exp": NOW + 2 * 86_400}, "medium", "the token is good for 2 days", "RFC 6750, section 5.3"),
        ({}, {"aud": None}, "medium", "the token names no audience", "RFC 8725, section 3.9"),
        ({}, {"iss": None}, "medium", "the token names no issuer", "RFC 8725, section 3.8"),
        ({}, {"cnf": {"jkt": "x"}}, "medium", "the token is bound to a key", "RFC 7800, section 3.1"),
        (
            {},
            {"next": "https://a.example/?id_token=x"},
            "medium",
            "is a URL with a token in it",
            "RFC 6750, section 5.3",
        ),
    ],
)
def test_a_weakness_is_told_with_its_severity_the_way_out_and_the_page(
    tmp_path, write, *, header, claims, severity, message, cite
):
    write(header=header, **claims)
    found = json.loads(inspect(tmp_path, "--json").out)["weaknesses"]
    (told,) = [one for one in found if message in one["message"]]
    assert (told["severity"], told["cite"]) == (severity, cite)
    assert told["why"]
    assert told["way_out"]
    words = inspect(tmp_path).words
    assert f"{severity} {told['message']} why: {told['why']} way out: {told['way_out']} ({cite})" in words


def test_a_token_of_a_well_known_secret_is_known_without_a_key(tmp_path, write):
    write("known-secret")
    ran = inspect(tmp_path, "--tools", QUILT)
    assert "critical the JWT secret is one of the examples that everybody tries first" in ran.words
    assert (
        "critical the role is taken from a token that anybody can write: the secret is known to everybody" in ran.words
    )
    assert made.SECRETS["known-secret"].decode() not in ran.out


def test_the_worst_weakness_comes_first_and_none_twice(tmp_path, write):
    write("known-secret", aud=None, exp=NOW + 300)
    arguments = ("--tools", QUILT, "--tools", "quilt-mcp@0.21", "--json")
    found = json.loads(inspect(tmp_path, *arguments).out)["weaknesses"]
    ranks = [["critical", "high", "medium", "low"].index(one["severity"]) for one in found]
    assert ranks == sorted(ranks)
    messages = [one["message"] for one in found]
    assert len(messages) == len(set(messages))
    assert messages[-1] == "the role session lasts 3600 seconds, and the token 300 more"


# ---------------------------------------------------------------- verify


def test_a_sound_token_is_verified(tmp_path, write, secret):
    write()
    ran = verify(tmp_path, "--secret-file", secret, "--audience", "mcp")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"alice.jwt: verified at {AT} with the secret\n  not checked: the issuer (--issuer)\n")
    assert "not checked: the audience" not in ran.out


def test_the_secret_may_come_from_the_environment(tmp_path, write, monkeypatch):
    write("memorable-secret")
    monkeypatch.setenv("IAMSIM_SECRET", made.SECRETS["memorable-secret"].decode())
    ran = verify(tmp_path)
    assert ran.code == 0
    assert "the JWT secret reads like words, or repeats itself" in ran.out
    assert made.SECRETS["memorable-secret"].decode() not in ran.out


def test_a_public_key_verifies(tmp_path, write, pem):
    write("rsa", {"alg": "RS256"})
    assert verify(tmp_path, "--key-file", pem).code == 0
    write("other-rsa", {"alg": "RS256"})
    ran = verify(tmp_path, "--key-file", pem)
    assert ran.code == 1
    assert f"alice.jwt: REFUSED at {AT}\n  the signature does not match the key\n" in ran.out


def test_a_jwks_file_verifies(tmp_path, write):
    write("rsa", {"alg": "RS256", "kid": "a"})
    (tmp_path / "keys.json").write_text(
        json.dumps({"keys": [made.jwk("rsa", kid="a"), made.jwk("other-rsa", kid="b")]})
    )
    assert verify(tmp_path, "--key-file", "keys.json").code == 0


@pytest.mark.parametrize(
    ("claims", "arguments", "message"),
    [
        ({"exp": NOW}, (), "it expired at 2026-01-31T12:00:00Z and is judged at 2026-01-31T12:00:00Z"),
        ({"exp": None}, (), "the token has no `exp`"),
        ({"nbf": NOW + 1}, (), "it is valid only from 2026-01-31T12:00:01Z"),
        ({}, ("--audience", "api"), "`aud` is `mcp`, and the server expects `api`"),
        ({"aud": None}, ("--audience", "api"), "the token has no `aud`"),
        ({"cnf": {"jkt": "x"}}, (), "the token is bound to a key (`cnf`)"),
        ({}, ("--issuer", "https://idp.example.com/"), "`iss` is `https://idp.example.com`, and the server expects"),
    ],
)
def test_a_token_is_refused_with_the_reason_although_its_signature_holds(
    tmp_path, write, secret, *, claims, arguments, message
):
    write(**claims)
    ran = verify(tmp_path, "--secret-file", secret, *arguments)
    assert ran.code == 1
    assert ran.out.splitlines()[0] == f"alice.jwt: REFUSED at {AT}"
    assert message in ran.out.splitlines()[1]
    assert "the signature itself holds, with the secret" in ran.out
    found = json.loads(verify(tmp_path, "--secret-file", secret, *arguments, "--json").out)
    assert (found["verified"], found["signature"]) == (False, True)
    assert message in found["reasons"][0]["message"]


def test_a_short_or_known_secret_verifies_nothing(tmp_path, write):
    for name, message in (
        ("short-secret", "has 16 bytes; HS256 needs at least 32"),
        ("known-secret", "everybody tries"),
    ):
        write(name)
        (tmp_path / "weak").write_bytes(made.SECRETS[name])
        ran = verify(tmp_path, "--secret-file", "weak")
        assert ran.code == 1
        assert message in ran.out.splitlines()[1]


def test_a_public_key_used_as_a_secret_is_seen_for_what_it_is(tmp_path, pem):
    plain, windows = made.pem("rsa"), made.pem("rsa").replace(b"\n", b"\r\n")
    for text in (plain, plain.strip(), windows, windows.strip()):
        (tmp_path / "alice.jwt").write_text(made.token({"alg": "HS256"}, CLAIMS, text))
        ran = verify(tmp_path, "--key-file", pem)
        assert ran.code == 1
        assert "HS256 is verified with a secret, and the key given is a public key" in ran.out
        assert "critical the token is signed by HS256 with the text of the public key as the secret" in ran.words


def test_the_demands_of_a_server_are_those_that_the_token_has_to_meet(tmp_path, write, pem, secret):
    write("rsa", {"alg": "RS256"})
    ran = verify(tmp_path, "--key-file", pem, "--tools", QUILT)
    assert ran.code == 1
    assert "`RS256` is not allowed; the server accepts HS256" in ran.out
    write()
    arguments = ("--secret-file", secret, "--tools", QUILT)
    assert verify(tmp_path, *arguments).code == 0
    ran = verify(tmp_path, *arguments, "--set", "MCP_JWT_ISSUER=https://other.example")
    assert ran.code == 1
    assert "and the server expects `https://other.example`" in ran.out


def test_a_server_that_verifies_nothing_makes_no_token_verified(tmp_path, write, secret):
    write("other-secret")
    assert verify(tmp_path, "--secret-file", secret, "--tools", "quilt-mcp@0.21").code == 1


def test_a_server_that_verifies_nothing_and_takes_the_role_from_the_token_is_told_for_it(tmp_path, write, secret):
    write()
    (tmp_path / "open.toml").write_text(
        'schema = 1\n[server]\nname = "open"\nversion = "1"\n[server.token]\nverifies = false\n[server.assume]\n'
        'role_claims = ["role_arn"]\nsubject_claims = ["sub"]\nsession_name = "open"\n'
        '[[tool]]\nname = "look"\nassumes = true\ncredentials = ["role"]\n'
    )
    told = "critical the role is taken from a token that anybody can write: the server verifies no signature"
    for ran in (
        inspect(tmp_path, "--tools", "open.toml"),
        verify(tmp_path, "--secret-file", secret, "--tools", "open.toml"),
    ):
        assert ran.code == 0
        assert told in ran.words


def test_a_server_that_passes_the_token_on_sends_the_token_itself(tmp_path, write):
    tags = {"principal_tags": {"team": ["genomics"]}, "transitive_tag_keys": ["team"]}
    text = (tmp_path / write(**{"https://aws.amazon.com/tags": tags})).read_text()
    (tmp_path / "web.toml").write_text(
        'schema = 1\n[server]\nname = "web"\nversion = "1"\n[server.token]\nverifies = false\n[server.assume]\n'
        'operation = "AssumeRoleWithWebIdentity"\n'
        'role_claims = ["role_arn"]\nsubject_claims = ["sub"]\nsession_name = "web"\n'
        '[[tool]]\nname = "look"\nassumes = true\ncredentials = ["role"]\n'
    )
    ran = inspect(tmp_path, "--tools", "web.toml")
    assert ran.code == 0
    assert "checks: nothing itself: STS verifies the token" in ran.words
    assert "sends to AWS: sts:AssumeRoleWithWebIdentity" in ran.words
    assert "WebIdentityToken the token itself" in ran.words
    assert 'STS reads Tags from the token: [{"Key": "team", "Value": "genomics"}]' in ran.words
    assert f"aws sts assume-role-with-web-identity --role-arn {ROLE} --role-session-name web" in ran.words
    assert "anybody can write" not in ran.words
    assert text.split(".")[1] not in ran.out


# ---------------------------------------------------------------- keys that are fetched


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture
def published(shared, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(shared.authority))
    shared.asked.clear()
    shared.pages = {
        "/keys": json.dumps({"keys": [made.jwk("rsa", kid="a")]}).encode(),
        "/.well-known/openid-configuration": json.dumps(
            {"issuer": shared.url, "jwks_uri": f"{shared.url}/keys"}
        ).encode(),
    }
    return shared


def test_keys_of_a_url_verify(tmp_path, write, published):
    write("rsa", {"alg": "RS256", "kid": "a"})
    url = f"{published.url}/keys"
    ran = verify(tmp_path, "--jwks-url", url, "--allow-private-network")
    assert (ran.code, ran.err) == (0, "")
    assert f"verified at {AT} with the JWKS at {url}\n" in ran.out


def test_keys_of_an_issuer_verify_its_own_tokens_only(tmp_path, write, published):
    arguments = ("--issuer", published.url, "--allow-private-network")
    write("rsa", {"alg": "RS256", "kid": "a"}, iss=published.url)
    ran = verify(tmp_path, *arguments)
    assert ran.code == 0
    assert f"with the keys of the issuer {published.url}\n" in ran.out
    assert "not checked: the issuer" not in ran.out
    write("rsa", {"alg": "RS256", "kid": "a"}, iss=f"{published.url}/")
    ran = verify(tmp_path, *arguments)
    assert ran.code == 1
    assert f"`iss` is `{published.url}/`, and the server expects `{published.url}`" in ran.out


def test_an_address_of_this_machine_is_not_asked_by_itself(tmp_path, write, published):
    write("rsa", {"alg": "RS256"})
    ran = verify(tmp_path, "--jwks-url", f"{published.url}/keys")
    assert ran.code == 2
    assert "which is no public address; give --allow-private-network" in ran.error
    assert published.asked == []


def test_keys_that_cannot_be_fetched_end_the_run_with_5(tmp_path, write, published):
    write("rsa", {"alg": "RS256"})
    ran = verify(tmp_path, "--jwks-url", f"{published.url}/none", "--allow-private-network")
    assert ran.code == 5
    assert ran.error.startswith(f"`{published.url}/none` answers with status 404")


def test_nobody_is_asked_for_keys_when_the_text_is_no_token(tmp_path, published):
    (tmp_path / "alice.jwt").write_text("no token")
    ran = verify(tmp_path, "--jwks-url", f"{published.url}/keys", "--allow-private-network")
    assert ran.code == 2
    assert published.asked == []


# ---------------------------------------------------------------- wrong commands


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("token",), "missing command; see `iamsim token --help`"),
        (("token", "show"), "no command `show`; the commands are inspect, verify; see `iamsim token --help`"),
        (("token", "inspect"), "no token is given; give --token-file PATH, --token-file - or IAMSIM_TOKEN"),
        (("token", "verify"), "no token is given; give --token-file PATH, --token-file - or IAMSIM_TOKEN"),
        (("token", "inspect", "--token-file", "none.jwt"), "the token file `none.jwt` cannot be read"),
        (("token", "inspect", "--tools", "nobody@1"), "no manifest is called `nobody@1`"),
        (("token", "inspect", "--token-files", "x"), "no option `--token-files`; did you mean"),
    ],
)
def test_a_wrong_command_says_the_way_out(tmp_path, arguments, message):
    ran = run(tmp_path, *arguments)
    assert ran.code == 2
    assert ran.error.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no key is given to verify with; give one of --secret-file, --key-file, --jwks-url, --issuer"),
        (
            ("--secret-file", "shared", "--key-file", "issuer.pem"),
            "keys are given in 2 ways, --secret-file and --key-file",
        ),
        (
            ("--key-file", "issuer.pem", "--jwks-url", "https://x"),
            "keys are given in 2 ways, --key-file and --jwks-url",
        ),
        (("--jwks-url", "http://idp.example.com/keys"), "`http://idp.example.com/keys` is no https URL"),
        (("--issuer", "https://idp.example.com?a=b"), "the issuer is a URL without query and fragment"),
        (("--secret-file", "issuer.pem"), "the JWT secret is a key and not a shared secret"),
        (
            ("--secret-file", "shared", "--allow-private-network"),
            "--allow-private-network is given, and no keys are fetched",
        ),
        (("--key-file", ""), "--key-file is given without a value"),
    ],
)
@pytest.mark.usefixtures("secret", "pem")
def test_a_wrong_key_says_the_way_out(tmp_path, write, arguments, message):
    write()
    ran = verify(tmp_path, *arguments)
    assert ran.code == 2
    assert ran.error.startswith(message)


def test_a_token_given_in_the_place_of_its_file_is_not_repeated(tmp_path, write):
    text = (tmp_path / write()).read_text()
    ran = run(tmp_path, "token", "inspect", "--token-file", text)
    assert ran.code == 2
    assert ran.error.startswith("--token-file was given a token, not a file")
    assert text.split(".")[1] not in ran.err


def test_a_server_whose_role_is_a_setting_takes_it_from_there(write, tmp_path):
    write()
    asked = ("--tools", "example-web-identity@1")
    assert "refuses: no role is named" in inspect(tmp_path, *asked).out
    (tmp_path / "iamsim.toml").write_text(f'role_arn = "{ROLE}"\n', encoding="utf-8")
    told = inspect(tmp_path, *asked).out
    assert "refuses" not in told
    assert f"RoleArn           {ROLE}" in told
