/**
 * How hardware becomes assets: the SPI that an adapter implements, and this machine's view that the
 * adapters read from. Start with {@link io.hypermesh.adapter.AssetAdapters}, which gives the
 * adapters there are, or with {@link io.hypermesh.adapter.AssetAdapter} to write one.
 */
package io.hypermesh.adapter;
