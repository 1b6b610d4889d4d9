"""One file a format. They run in a child process with limits (see ``hub.knowledge.loading``) and load their
libraries when called: a server that reads no documents pays for none of them."""
