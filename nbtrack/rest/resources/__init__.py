"""What can be asked for, a file a resource: the requests, and plain functions of services and a request."""
