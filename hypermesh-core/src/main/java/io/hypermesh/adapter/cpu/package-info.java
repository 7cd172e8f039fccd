/**
 * Finds processors, from {@code /sys/devices/system/cpu} and {@code /proc/cpuinfo}. Start with
 * {@link io.hypermesh.adapter.cpu.CpuAdapter}.
 */
package io.hypermesh.adapter.cpu;
