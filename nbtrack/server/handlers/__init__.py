"""What the routes do: plain functions of services and a request, run in a thread."""
