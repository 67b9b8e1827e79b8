"""How JupyterLab opens a notebook whose widgets have no kernel any more.

A widget lives in a kernel. JupyterLab, which trusts a notebook that was run here, looks for the
widgets of yesterday's kernel and shows "Error displaying widget: model not found". Opened with
this manager of files (``medkit lab`` and the hub of ``notebooks/teaching.md`` set it), such a
widget shows what is stored beside it: its picture or its words, and what to do.
"""

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

#: MIME type of a live widget.
VIEW = "application/vnd.jupyter.widget-view+json"
#: Of a widget beside which nothing is stored.
RUN_IT = "<p>Run this cell to move what was here.</p>"


class Contents(AsyncLargeFileManager):
    """Files as usual, and notebooks without widgets that nobody runs."""

    async def get(self, path, *args, **kwargs):
        """Return a file; a notebook without dead widgets if no kernel runs for it."""
        model = await super().get(path, *args, **kwargs)
        if model["type"] == "notebook" and model.get("content") and not await self._runs(path):
            bury(model["content"])
        return model

    async def _runs(self, path):
        manager = getattr(self.parent, "session_manager", None)
        sessions = await manager.list_sessions() if manager else []
        return path.strip("/") in [session["path"].strip("/") for session in sessions]


def bury(notebook: dict) -> None:
    """Take the views of widgets out of a notebook's outputs, and leave their words.

    Parameters
    ----------
    notebook : dict
        As stored; changed in place.

    Examples
    --------
    >>> data = {VIEW: {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}
    >>> bury({"cells": [{"outputs": [{"data": data}]}]})
    >>> data["text/html"]
    '<p>Run this cell to move what was here.</p>'
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if data.pop(VIEW, None) is not None:
                data.setdefault("text/html", RUN_IT)
