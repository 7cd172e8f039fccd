/**
 * The one binary style of this module: big-endian, length-prefixed, read strictly. Start with
 * {@link io.hypermesh.codec.WireReader}; every decoder of assets and of the ledger is written on
 * it, so that the bounds are checked in one place.
 */
package io.hypermesh.codec;
