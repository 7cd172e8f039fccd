/**
 * Finds file systems on disks, from {@code /proc/self/mountinfo}. Start with {@link
 * io.hypermesh.adapter.storage.StorageAdapter}.
 */
package io.hypermesh.adapter.storage;
