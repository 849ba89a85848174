"""`supplier-credit keys`: who may ask the service."""

from typing import Annotated

import typer

from cli.shared.terminal import err, out

app = typer.Typer(help="Keys of those who may ask the service.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def create(
    tenant: Annotated[str, typer.Option(help="The institution, named as `financings` names it.")],
    role: Annotated[str, typer.Option(help="bank, risk_officer, operator, ...")] = "bank",
    new_ledger: Annotated[
        bool, typer.Option("--new-ledger", help="Begin a new ledger where the one of <home> is lost.")
    ] = False,
):
    """Print a new key, once; only its hash is kept.

    The key alone goes to stdout, so a script can keep it:

      export SUPPLIER_CREDIT_KEY=$(supplier-credit keys create --tenant my-bank --role bank)
    """
    from features.home import home
    from ledger.keys import create_key

    made = create_key(home(), tenant=tenant, role=role, new_ledger=new_ledger)
    err.print(f"Key {made.key_id} of {tenant} ({role}). It is shown this once:", markup=False)
    out.print(made.secret, markup=False)


@app.command("list")
def list_all():
    """List the keys that were ever made, without their secrets.

    Example:

    \b
      supplier-credit keys list
    """
    from features.home import home
    from ledger.keys import list_keys

    for key in list_keys(home()):
        state = f"revoked {key['revoked_at']}" if key["revoked_at"] else "live"
        out.print(f"{key['key_id']}  {key['tenant']}  {key['role']}  made {key['created_at']}  {state}", markup=False)


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The twelve figures after `sck_`.")]):
    """Revoke a key; running services refuse it within seconds.

    Example:

    \b
      supplier-credit keys revoke 3fa9c2d0114b
    """
    from features.home import home
    from ledger.keys import revoke_key

    revoke_key(home(), key_id)
    out.print(f"Key {key_id} is revoked.", markup=False)
