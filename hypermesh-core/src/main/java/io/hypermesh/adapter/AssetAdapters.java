package io.hypermesh.adapter;

import io.hypermesh.adapter.cpu.CpuAdapter;
import io.hypermesh.adapter.memory.MemoryAdapter;
import io.hypermesh.adapter.network.NetworkAdapter;
import io.hypermesh.adapter.storage.StorageAdapter;
import java.util.List;

/** The adapters of this SDK. */
public final class AssetAdapters {
  private AssetAdapters() {}

  /**
   * All adapters, looking at one machine.
   *
   * @param host usually {@link Host#local}
   * @return CPU, memory, storage and network
   */
  public static List<AssetAdapter> all(Host host) {
    return List.of(
        new CpuAdapter(host),
        new MemoryAdapter(host),
        new StorageAdapter(host),
        new NetworkAdapter(host));
  }
}
