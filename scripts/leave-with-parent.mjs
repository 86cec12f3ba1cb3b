/** Loaded into the node by `start.mjs`: when the starter is gone, the node drains and ends too. */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel is there to break, and must not keep a node alive that has finished.
process.channel?.unref();
