/**
 * Logs of connections in qlog, the standard schema of QUIC's events
 * (draft-ietf-quic-qlog-main-schema, draft-ietf-quic-qlog-quic-events), as JSON text sequences (RFC
 * 7464). Pure: events come in, text goes to a {@link io.hypermesh.stoq.qlog.RecordSink}; start with
 * {@link io.hypermesh.stoq.qlog.QlogTrace}.
 */
package io.hypermesh.stoq.qlog;
