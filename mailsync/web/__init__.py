"""The endpoint: FastAPI on uvicorn, in the worker's process."""
