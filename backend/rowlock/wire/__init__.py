"""What crosses the wire, whatever the transport: the shapes of requests and answers, and problems."""
