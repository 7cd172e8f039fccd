package io.hypermesh.stoq.foreign;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OpenSSL's {@code libcrypto}, version 3, as the system's package manager installs it. Found once;
 * where it isn't there, or native access isn't enabled, all else goes on without it.
 *
 * <p>Any thread may call it.
 */
public final class Libcrypto {
  private static final String NAME = "libcrypto.so.3";
  private static final long VERSION_FIRST = 0x30000000L;
  private static final long VERSION_AFTER_LAST = 0x40000000L;

  /** OPENSSL_INIT_NO_ATEXIT: what it has stays usable for threads that outlive the JVM's exit. */
  private static final long INIT_NO_ATEXIT = 0x0008_0000;

  private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

  /** What came of looking for it, once. */
  private static final class Found {
    static final @Nullable SymbolLookup LIBRARY;
    static final @Nullable String UNAVAILABLE;

    static {
      SymbolLookup library = null;
      String unavailable = NativeAccess.missing(ARCHITECTURES);
      if (unavailable == null) {
        try {
          library = open();
        } catch (RuntimeException | LinkageError e) {
          unavailable = String.valueOf(e.getMessage());
        }
      }
      LIBRARY = library;
      UNAVAILABLE = unavailable;
    }

    // Native access is what this class is for; a host allows it by a flag.
    @SuppressWarnings("restricted")
    private static SymbolLookup open() {
      SymbolLookup library;
      try {
        library = SymbolLookup.libraryLookup(NAME, Arena.global());
      } catch (IllegalArgumentException e) {
        throw new UnsupportedOperationException("the library isn't installed: " + NAME, e);
      }
      MethodHandle version = link(library, "OpenSSL_version_num", FunctionDescriptor.of(JAVA_LONG));
      long number;
      try {
        number = (long) version.invokeExact();
      } catch (Throwable e) {
        throw NativeAccess.failed(e);
      }
      if (number < VERSION_FIRST || number >= VERSION_AFTER_LAST) {
        throw new UnsupportedOperationException(
            "this version of libcrypto isn't known: 0x" + Long.toHexString(number));
      }
      start(library);
      return library;
    }

    /** Before any other call, which would start it with what it does by itself. */
    private static void start(SymbolLookup library) {
      MethodHandle start =
          link(
              library,
              "OPENSSL_init_crypto",
              FunctionDescriptor.of(JAVA_INT, /* opts */ JAVA_LONG, /* settings */ JAVA_LONG));
      try {
        if ((int) start.invokeExact(INIT_NO_ATEXIT, 0L) == 1) {
          return;
        }
      } catch (Throwable e) {
        throw NativeAccess.failed(e);
      }
      throw new UnsupportedOperationException("the library doesn't start: " + NAME);
    }
  }

  private Libcrypto() {}

  /** Why the library can't be used here, to be read by people; null where it can. */
  public static @Nullable String unavailableBecause() {
    return Found.UNAVAILABLE;
  }

  /**
   * A function of the library.
   *
   * @throws UnsupportedOperationException where the library can't be used here
   * @throws java.util.NoSuchElementException where it has no such function
   */
  public static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    SymbolLookup library = Found.LIBRARY;
    if (library == null) {
      throw new UnsupportedOperationException(
          "couldn't use libcrypto because " + Found.UNAVAILABLE);
    }
    return link(library, name, descriptor, options);
  }

  // Native access is what this class is for; a host allows it by a flag.
  @SuppressWarnings("restricted")
  private static MethodHandle link(
      SymbolLookup library, String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor, options);
  }
}
