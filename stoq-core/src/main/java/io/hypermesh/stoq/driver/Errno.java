package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;

/**
 * The error numbers that the driver tells apart (Linux, {@code asm-generic/errno-base.h} and {@code
 * asm-generic/errno.h}; x86-64 and AArch64 have the same).
 */
final class Errno {
  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EFAULT = 14;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int EINVAL = 22;
  static final int ENOSYS = 38;
  static final int ETIME = 62;
  static final int ENOTSOCK = 88;
  static final int EMSGSIZE = 90;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENOBUFS = 105;
  static final int ECANCELED = 125;

  private Errno() {}

  /**
   * Whether the socket itself is unusable. Everything else is about a route, a peer or a datagram:
   * to QUIC that is loss (RFC 9000, 14.2.1).
   */
  static boolean isSocketUnusable(int errno) {
    return errno == EBADF || errno == ENOTSOCK || errno == EFAULT;
  }

  /**
   * The exception for a call that failed.
   *
   * @param what was attempted, as in "couldn't X because …"
   */
  static IOException exception(String what, int errno) {
    String message = "couldn't " + what + " because " + text(errno);
    return switch (errno) {
      case EADDRINUSE, EADDRNOTAVAIL, EACCES, EPERM -> new BindException(message);
      default -> new SocketException(message);
    };
  }

  private static String text(int errno) {
    String meaning =
        switch (errno) {
          case EADDRINUSE -> "the address is already in use";
          case EADDRNOTAVAIL -> "the address isn't this machine's";
          case EACCES, EPERM -> "permission was denied";
          case EINVAL -> "an argument is invalid";
          case EBADF, ENOTSOCK -> "the socket is gone";
          default -> "the kernel refused it";
        };
    return meaning + ": errno " + errno;
  }
}
