package io.hypermesh.trustchain;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Durable state couldn't be opened, read or written. The message is one line and names the file,
 * and the offset where there is one.
 */
public final class StoreException extends TrustChainException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long offset;

  private StoreException(
      Category category, String message, Path file, long offset, @Nullable Throwable cause) {
    super(category, message, cause);
    this.file = file.toString();
    this.offset = offset;
  }

  /**
   * A file holds something that this code did not write there.
   *
   * @param file the damaged file
   * @param offset where the damage starts, in bytes from the start of the file
   * @param why what is wrong there
   * @return the exception, category {@link TrustChainException.Category#FATAL}
   */
  public static StoreException damaged(Path file, long offset, String why) {
    return new StoreException(
        Category.FATAL,
        "couldn't open " + file + " because it is damaged at offset " + offset + ": " + why,
        file,
        offset,
        null);
  }

  /**
   * Another process, or another object in this one, has the store open.
   *
   * @param file the lock file
   * @param cause what the platform said, or null
   * @return the exception, category {@link TrustChainException.Category#FATAL}
   */
  public static StoreException locked(Path file, @Nullable Throwable cause) {
    return new StoreException(
        Category.FATAL,
        "couldn't open the store because another process or object has it open: " + file,
        file,
        -1,
        cause);
  }

  /**
   * The store accepts no more for now.
   *
   * @param file the file that is written to
   * @param pendingMax the limit that was reached
   * @return the exception, category {@link TrustChainException.Category#RETRYABLE}
   */
  public static StoreException busy(Path file, int pendingMax) {
    return new StoreException(
        Category.RETRYABLE,
        "couldn't append to "
            + file
            + " because the limit of pending appends is reached: "
            + pendingMax,
        file,
        -1,
        null);
  }

  /**
   * The platform failed to read or write.
   *
   * @param action what was tried, for example "write"
   * @param file the file concerned
   * @param cause the failure
   * @return the exception, category {@link TrustChainException.Category#RETRYABLE}
   */
  public static StoreException io(String action, Path file, Exception cause) {
    return new StoreException(
        Category.RETRYABLE,
        "couldn't " + action + " " + file + " because of " + cause,
        file,
        -1,
        cause);
  }

  /**
   * The store is closed, or stopped itself after a failure that left its file in doubt.
   *
   * @param file the file concerned
   * @param why why nothing more is accepted
   * @return the exception, category {@link TrustChainException.Category#FATAL}
   */
  public static StoreException stopped(Path file, String why) {
    return new StoreException(
        Category.FATAL, "couldn't use " + file + " because " + why, file, -1, null);
  }

  /**
   * The file concerned.
   *
   * @return its path
   */
  public Path file() {
    return Path.of(file);
  }

  /**
   * Where the damage starts.
   *
   * @return bytes from the start of the file, or -1 where the failure has no place
   */
  public long offset() {
    return offset;
  }
}
