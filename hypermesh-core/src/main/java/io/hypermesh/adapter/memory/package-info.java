/**
 * Finds main memory by NUMA node, from {@code /sys/devices/system/node} and {@code /proc/meminfo}.
 * Start with {@link io.hypermesh.adapter.memory.MemoryAdapter}.
 */
package io.hypermesh.adapter.memory;
