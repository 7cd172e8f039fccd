/**
 * Operations and outcomes as bytes, for the root package and the state machine alike. Start with
 * {@link io.hypermesh.ledger.wire.OperationCodec}.
 */
package io.hypermesh.ledger.wire;
