package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DriverKind;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over Linux's io_uring. */
@Timeout(60)
class IoUringLoopbackTest extends LinuxLoopbackTest {
  @Override
  DriverKind kind() {
    return DriverKind.IO_URING;
  }
}
