"""The operator's pages: queues and dead letters, GİB, certificates, resellers and their contracts, prices."""
