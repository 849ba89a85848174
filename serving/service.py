"""The only module that imports BentoML: one service, one worker, this project's app at `/`, no route of BentoML's."""

import os

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")  # Read when bentoml is imported; only this word is understood.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import bentoml

from serving.app import create_app
from serving.http.middleware import Outermost
from serving.settings import Settings

app = create_app(Settings.from_env(), alone=True)


@bentoml.service(
    name="supplier-credit",
    workers=1,
    traffic={"timeout": 30},
    metrics={"enabled": False},  # They would be labelled by path, and paths hold suppliers' ids.
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},  # For the same reason.
)
@bentoml.asgi_app(app, path="/")
class SupplierCredit:
    """Explained scores for suppliers to government."""


SupplierCredit.add_asgi_middleware(Outermost, own=app)  # type: ignore[attr-defined]
