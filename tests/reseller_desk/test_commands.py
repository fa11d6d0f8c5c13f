"""The commands of a change of reseller, as staff type them."""

from click.testing import CliRunner

from ebelge.cli.main import cli
from ebelge.jobs import reseller_changes as desk
from tenants.audit import entries
from tests.reseller_desk.newcomers import book, someone


def run(*arguments: object, ok: bool = True) -> str:
    done = CliRunner().invoke(cli, ["reseller", "transfer", *[str(argument) for argument in arguments]])
    assert (done.exit_code == 0) is ok, done.output
    assert "Traceback" not in done.output
    return done.output


def test_a_change_is_asked_listed_decided_and_carried_out(shop, bora) -> None:
    change = run("ask", shop.vkn(bora), "--to", shop.vkn(shop.demir), "--by", "Ayşe").split()[-1]
    assert f"{change}  asked" in run("list")
    assert "waits for: customer, new, old" in run("list")
    assert "answer first" in run("decide", change, "--yes", "--by", "Ayşe", ok=False)
    who = entries.command("test", by="Bora Ak")
    desk.answer_as_customer(bora, change, yes=True, actor=who)
    for side in (shop.demir, shop.ceren):
        desk.answer_as_party(side, change, yes=True, actor=who)
    assert run("decide", change, "--yes", "--by", "Ayşe") == "done\n"
    assert "operator  yes Ayşe" in run("list")
    assert run("run") == "0 carried out\n"
    assert shop.reseller_of(bora) == shop.demir


def test_what_cannot_be_is_refused_in_a_sentence(shop, bora) -> None:
    assert "no such reseller" in run("ask", shop.vkn(bora), "--to", "1234567890", "--by", "Ayşe", ok=False)
    assert "No live account" in run("ask", "1234567890", "--by", "Ayşe", ok=False)
    run("decide", "01a229b8-db26-70e3-a336-271f9c7beba1", "--yes", "--by", "Ayşe", ok=False)


def onboard(*arguments: object, ok: bool = True) -> str:
    done = CliRunner().invoke(cli, ["reseller", "onboard", *[str(argument) for argument in arguments]])
    assert (done.exit_code == 0) is ok, done.output
    assert "Traceback" not in done.output
    return done.output


def test_a_customer_and_a_sheet_of_them_are_onboarded(shop, trade, ece, tmp_path) -> None:
    new, reseller = someone(), shop.vkn(ece)
    given = ["--vkn-tckn", new.identity.vkn_tckn, "--title", "Işık Ltd.", "--district", "Şişli", "--city", "İstanbul",
             "--owner-email", new.owner_email, "--by", "Ayşe"]  # fmt: skip
    assert "applied" in onboard(reseller, *given)
    assert "your customer already" in onboard(reseller, *given, ok=False)
    assert "is no valid VKN" in onboard(reseller, *given, "--vkn-tckn", "123", ok=False)
    file = tmp_path / "liste.xlsx"
    file.write_bytes(book(new, someone(), vkn_tckn="123"))
    shown = onboard(reseller, "--sheet", file, "--check", "--by", "Ayşe")
    assert [line.split()[2] for line in shown.splitlines()] == ["known", "good", "bad"]
    assert "started" in onboard(reseller, "--sheet", file, "--by", "Ayşe")
    onboard(reseller, "--sheet", file, "--whole", "--by", "Ayşe", ok=False)
    template = tmp_path / "sablon.xlsx"
    onboard(reseller, "--template", template)
    assert template.read_bytes().startswith(b"PK")
