/**
 * What an asset is: identity, type, state, capacity, owner and privacy level. Start with {@link
 * io.hypermesh.asset.AssetDescriptor}, which an adapter yields for a piece of hardware, and {@link
 * io.hypermesh.asset.AssetId}, the name that it gets once an owner claims it. Everything here is an
 * immutable value, safe to share between threads.
 */
package io.hypermesh.asset;
