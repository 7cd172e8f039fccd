package io.hypermesh.stoq.driver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The destinations to which the kernel refused to segment a run: that depends on the interface
 * behind a route (an IPv6 run on a virtio device before Linux 6.2, or through IPsec). After some
 * datagrams it is tried again, since routes change.
 *
 * <p>It holds {@link #PATHS_MAX} destinations: the one refused first gives way, and costs another
 * refused call when it comes again.
 */
final class RefusedPaths {
  static final int PATHS_MAX = 64;

  /** Datagrams that go one a call before segmentation is tried again. */
  static final int RETRY_AFTER_DATAGRAMS = 4_096;

  private static final class Path {
    private int datagramsLeft = RETRY_AFTER_DATAGRAMS;
  }

  private final Map<InetAddress, Path> paths =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Path> eldest) {
          return size() > PATHS_MAX;
        }
      };

  void add(InetSocketAddress destination) {
    paths.put(destination.getAddress(), new Path());
  }

  /** Whether runs may go there; where they may not, that counts one datagram. */
  boolean allows(InetSocketAddress destination) {
    if (paths.isEmpty()) {
      return true;
    }
    Path path = paths.get(destination.getAddress());
    if (path == null) {
      return true;
    }
    path.datagramsLeft--;
    if (path.datagramsLeft > 0) {
      return false;
    }
    paths.remove(destination.getAddress());
    return true;
  }

  int size() {
    return paths.size();
  }
}
