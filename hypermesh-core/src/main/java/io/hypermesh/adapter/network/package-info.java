/**
 * Finds network interfaces, from {@code /sys/class/net}. Start with {@link
 * io.hypermesh.adapter.network.NetworkAdapter}.
 */
package io.hypermesh.adapter.network;
