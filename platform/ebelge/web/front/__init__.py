"""Pages for everybody: services, questions and answers, the state of the service, checking a document."""
