"""Every route of the extension: its pattern, its handler, and which of the parts it is given."""

from __future__ import annotations

from typing import Literal

from tornado import web

from . import (
    bundle_views,
    device,
    ingest,
    openapi,
    project_views,
    retention_views,
    static,
    stream,
    token_views,
    trash_views,
    views,
    webhook,
)

ID = r"(\d{1,15})"
HEX_ID = r"([0-9a-f]{12})"
DIGEST = r"([0-9a-f]{64})"

Kit = Literal["ingest", "webhook", "login", "device", "stream", "view", "nothing"]
"""What a handler is given, see `LiveStudioApp.initialize_handlers`."""

ROUTES: tuple[tuple[str, type[web.RequestHandler], Kit], ...] = (
    # Producers. They also stand at the base: clients drop the last segment of an address without slash.
    (r"/api/live/?", ingest.IngestHandler, "ingest"),
    (r"/live-studio/api/live/?", ingest.IngestHandler, "ingest"),
    (r"/webhook/dvc/?", webhook.WebhookHandler, "webhook"),
    (r"/live-studio/webhook/dvc/?", webhook.WebhookHandler, "webhook"),
    (r"/api/device-login", device.DeviceLoginHandler, "login"),
    (r"/live-studio/api/device-login", device.DeviceLoginHandler, "login"),
    (r"/live-studio/api/device-login/token", device.DeviceTokenHandler, "login"),
    # Viewers.
    (r"/live-studio/device", device.DeviceHandler, "device"),
    (r"/live-studio/api/changes", views.ChangesHandler, "view"),
    (r"/live-studio/api/stream", stream.StreamHandler, "stream"),
    (r"/live-studio/api/series", views.SeriesHandler, "view"),
    (r"/live-studio/api/experiments", trash_views.SeveralHandler, "view"),
    (r"/live-studio/api/trash", trash_views.TrashHandler, "view"),
    (r"/live-studio/api/retention", retention_views.RetentionHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/series", views.OneSeriesHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/images/{DIGEST}", views.ImageHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/plots/{DIGEST}", views.PlotHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}", views.ExperimentHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/restore", views.RestoreHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/mark-stopped", views.MarkStoppedHandler, "view"),
    (rf"/live-studio/api/experiments/{ID}/stop", views.StopHandler, "view"),
    (r"/live-studio/api/projects", project_views.ProjectsHandler, "view"),
    (rf"/live-studio/api/projects/{HEX_ID}", project_views.ProjectHandler, "view"),
    (rf"/live-studio/api/projects/{HEX_ID}/restore", project_views.RestoreProjectHandler, "view"),
    (rf"/live-studio/api/projects/{HEX_ID}/reload", project_views.ReloadHandler, "view"),
    (rf"/live-studio/api/projects/{HEX_ID}/export", bundle_views.ExportHandler, "view"),
    (r"/live-studio/api/import", bundle_views.ImportHandler, "view"),
    (r"/live-studio/api/tokens", token_views.TokensHandler, "view"),
    (rf"/live-studio/api/tokens/{HEX_ID}", token_views.TokenHandler, "view"),
    (rf"/live-studio/api/tokens/{HEX_ID}/regenerate", token_views.RegenerateHandler, "view"),
    (r"/live-studio/openapi.json", openapi.OpenApiHandler, "view"),
    (r"/live-studio/?", views.PageHandler, "view"),
    # All.
    (r"/live-studio/api/health", views.HealthHandler, "view"),
    (r"/live-studio/static/([^/]+)", static.StaticHandler, "nothing"),
)
