"""People's pictures over REST: one's own, and by their unguessable addresses, which customers' browsers ask for."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from hub.accounts.portraits import Portraits
from hub.files.portraits import MIME, MOST_BYTES, address
from hub.http.access import PERSON, PUBLIC, Call
from hub.http.downloads import picture_answer
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.http.uploads import read_upload


class PictureForm(Model):
    file: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]
    """PNG, JPEG, WebP or GIF."""


class PictureView(View):
    """A picture that was kept."""

    picture: str
    """Its address below the hub's: a small square. It changes with the picture, and whoever has it may look."""


class PortraitsApi:
    """The routes of people's pictures."""

    def __init__(self, *, portraits: Portraits) -> None:
        self._portraits = portraits

    async def put(self, call: Call) -> PictureView:
        form = await read_upload(call.request, limit=MOST_BYTES)
        name = await self._portraits.put(call.person, form.file.data, call.trace)
        return PictureView(picture=address(name) or "")

    async def remove(self, call: Call) -> None:
        await self._portraits.remove(call.person, call.trace)

    async def own(self, call: Call) -> web.StreamResponse:
        return picture_answer(await self._portraits.own(call.person), MIME, seconds=0)

    async def named(self, call: Call, picture: str) -> web.StreamResponse:
        return picture_answer(await self._portraits.named(picture), MIME, seconds=3600)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        path, tags = "/api/v1/me/picture", ("people",)
        return [
            Route(method="GET", path=path, handler=self.own, access=PERSON, name="get_my_picture", tags=tags,
                  summary="One's own picture", produces=MIME, problems=(404,)),
            Route(method="PUT", path=path, handler=self.put, access=PERSON, name="put_my_picture", tags=tags,
                  summary="Give a picture of oneself", consumes={"multipart/form-data": PictureForm}, audit=False,
                  description="Up to 5 MB. It is cut to a small square and stripped of whatever the camera wrote into "
                  "it. Colleagues see it, and customers beside what one writes to them."),
            Route(method="DELETE", path=path, handler=self.remove, access=PERSON, name="delete_my_picture", tags=tags,
                  summary="Take one's own picture away", audit=False),
            Route(method="GET", path="/files/people/{picture}", handler=self.named, access=PUBLIC,
                  name="get_portrait", summary="A colleague's picture by its address", tags=("files",), produces=MIME,
                  problems=(404,)),
        ]  # fmt: skip
