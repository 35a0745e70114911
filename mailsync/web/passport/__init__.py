"""`/passport/…`: the digital passport for the platform and for the customer's Mini App (design, Web)."""

from fastapi import APIRouter

from mailsync.web.passport import machines, requests

router = APIRouter()
router.include_router(machines.router)
router.include_router(requests.router)
