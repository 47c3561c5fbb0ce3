"""Routes of backups: list, make, download."""

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from rowlock.core.times import format_time
from rowlock.http.deps import ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.openapi import problem_responses
from rowlock.service.ports import Backup
from rowlock.service.services import Services
from rowlock.wire.schemas import BackupShape

router = APIRouter(route_class=StrictRoute, tags=["backups"])


@router.get("/api/backups", response_model=list[BackupShape])
async def list_backups(all_services: ServicesDep, session: SessionDep) -> Response:
    """The backups, newest first."""
    found = await asyncio.to_thread(all_services.backups.list)
    backups = sorted(found, key=lambda backup: (backup.at, backup.position), reverse=True)
    return json_response(await asyncio.to_thread(lambda: [_body(all_services, each) for each in backups]))


@router.post("/api/backups", status_code=201, response_model=BackupShape, responses=problem_responses("backup_failed"))
async def make_backup(all_services: ServicesDep, session: SessionDep) -> Response:
    """Make a backup of the table as it is now."""
    backup = await all_services.materializer.back_up()
    return json_response(await asyncio.to_thread(_body, all_services, backup), 201)


@router.get("/api/backups/{name}", response_class=FileResponse, responses=problem_responses("backup_not_found"))
async def get_backup(all_services: ServicesDep, session: SessionDep, name: str) -> Response:
    """A backup's bytes. The name is one from the list, never a path."""
    path = await asyncio.to_thread(all_services.backups.path_of, name)
    return FileResponse(path, media_type="text/csv", filename=name, headers={"X-Content-Type-Options": "nosniff"})


def _body(all_services: Services, backup: Backup) -> dict[str, object]:
    """Blocking: the first time a backup is listed its bytes are read for their hash."""
    return {
        "name": backup.name,
        "position": backup.position,
        "at": format_time(backup.at),
        "size": backup.size,
        "sha256": all_services.backups.digest(backup.name),
    }
