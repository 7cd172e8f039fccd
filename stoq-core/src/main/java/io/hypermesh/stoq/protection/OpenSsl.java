package io.hypermesh.stoq.protection;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.hypermesh.stoq.foreign.Libcrypto;
import io.hypermesh.stoq.foreign.NativeAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The functions of OpenSSL's {@code libcrypto}, version 3, that encrypt (its manual pages
 * EVP_EncryptInit and EVP_CIPHER-AES), by the Foreign Function and Memory API.
 *
 * <p>Pointers are passed as numbers, but those into packets on the heap, which only a segment can
 * point to. The class can't be loaded where {@link Libcrypto} can't be used. Any thread may call
 * it; a context belongs to one at a time.
 */
final class OpenSsl {
  private static final int CTRL_AEAD_GET_TAG = 0x10;
  private static final int CTRL_AEAD_SET_TAG = 0x11;

  private static final MethodHandle CONTEXT_NEW =
      Libcrypto.function("EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
  private static final MethodHandle CONTEXT_FREE =
      Libcrypto.function("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle FETCH =
      Libcrypto.function(
          "EVP_CIPHER_fetch", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG));

  // With a key it takes locks and allocates; with a nonce alone it doesn't.
  private static final MethodHandle INIT_KEY = Libcrypto.function("EVP_EncryptInit_ex", init());
  private static final MethodHandle INIT_ENCRYPT = critical("EVP_EncryptInit_ex", init(), false);
  private static final MethodHandle INIT_DECRYPT = critical("EVP_DecryptInit_ex", init(), false);
  private static final MethodHandle ENCRYPT =
      critical("EVP_EncryptUpdate", update(JAVA_LONG), false);
  private static final MethodHandle DECRYPT =
      critical("EVP_DecryptUpdate", update(JAVA_LONG), false);
  private static final MethodHandle ENCRYPT_HEAP =
      critical("EVP_EncryptUpdate", update(ADDRESS), true);
  private static final MethodHandle DECRYPT_HEAP =
      critical("EVP_DecryptUpdate", update(ADDRESS), true);
  private static final MethodHandle FINISH_ENCRYPT =
      critical("EVP_EncryptFinal_ex", finish(), false);
  private static final MethodHandle FINISH_DECRYPT =
      critical("EVP_DecryptFinal_ex", finish(), false);
  private static final MethodHandle CONTROL =
      critical(
          "EVP_CIPHER_CTX_ctrl",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG),
          false);

  /** The suites' ciphers; fetched once, for the life of the JVM. */
  private static final long AES_128_GCM = fetch("AES-128-GCM");

  private static final long AES_256_GCM = fetch("AES-256-GCM");
  private static final long CHACHA20_POLY1305 = fetch("ChaCha20-Poly1305");

  private OpenSsl() {}

  private static FunctionDescriptor init() {
    return FunctionDescriptor.of(
        JAVA_INT,
        /* ctx */ JAVA_LONG,
        /* type */ JAVA_LONG,
        /* impl */ JAVA_LONG,
        /* key */ JAVA_LONG,
        /* iv */ JAVA_LONG);
  }

  private static FunctionDescriptor update(MemoryLayout packet) {
    return FunctionDescriptor.of(
        JAVA_INT,
        /* ctx */ JAVA_LONG,
        /* out */ packet,
        /* outl */ JAVA_LONG,
        /* in */ packet,
        /* inl */ JAVA_INT);
  }

  private static FunctionDescriptor finish() {
    return FunctionDescriptor.of(
        JAVA_INT, /* ctx */ JAVA_LONG, /* out */ JAVA_LONG, /* outl */ JAVA_LONG);
  }

  private static MethodHandle critical(String name, FunctionDescriptor descriptor, boolean heap) {
    return Libcrypto.function(name, descriptor, Linker.Option.critical(heap));
  }

  private static long fetch(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) FETCH.invokeExact(0L, arena.allocateFrom(name), 0L);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  private static long cipher(CipherSuite suite) {
    return switch (suite) {
      case AES_128_GCM_SHA256 -> AES_128_GCM;
      case AES_256_GCM_SHA384 -> AES_256_GCM;
      case CHACHA20_POLY1305_SHA256 -> CHACHA20_POLY1305;
    };
  }

  /** Whether the library, as it is configured, does a suite. */
  static boolean supports(CipherSuite suite) {
    return cipher(suite) != 0;
  }

  /**
   * A context that encrypts and decrypts by a key at an address; to be freed.
   *
   * @throws IllegalStateException where the library refuses
   */
  static long newContext(CipherSuite suite, long key) {
    long context = 0;
    try {
      context = (long) CONTEXT_NEW.invokeExact();
      if (context != 0 && (int) INIT_KEY.invokeExact(context, cipher(suite), 0L, key, 0L) == 1) {
        return context;
      }
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
    freeContext(context);
    throw new IllegalStateException("couldn't set up a key of " + suite + " in libcrypto");
  }

  /** Erases and frees a context; nothing where it is 0. */
  static void freeContext(long context) {
    try {
      CONTEXT_FREE.invokeExact(context);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  // Each returns whether the library did it.

  static boolean start(long context, boolean encrypt, long nonce) {
    try {
      return (encrypt
              ? (int) INIT_ENCRYPT.invokeExact(context, 0L, 0L, 0L, nonce)
              : (int) INIT_DECRYPT.invokeExact(context, 0L, 0L, 0L, nonce))
          == 1;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** Authenticates what {@code in} points to where {@code out} is 0; else en- or decrypts it. */
  static boolean update(
      long context, boolean encrypt, long out, long outLength, long in, int length) {
    try {
      return (encrypt
              ? (int) ENCRYPT.invokeExact(context, out, outLength, in, length)
              : (int) DECRYPT.invokeExact(context, out, outLength, in, length))
          == 1;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** The same on the heap; {@link MemorySegment#NULL} to authenticate. */
  static boolean update(
      long context,
      boolean encrypt,
      MemorySegment out,
      long outLength,
      MemorySegment in,
      int length) {
    try {
      return (encrypt
              ? (int) ENCRYPT_HEAP.invokeExact(context, out, outLength, in, length)
              : (int) DECRYPT_HEAP.invokeExact(context, out, outLength, in, length))
          == 1;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** When decrypting, whether it was authentic. */
  static boolean finish(long context, boolean encrypt, long out, long outLength) {
    try {
      return (encrypt
              ? (int) FINISH_ENCRYPT.invokeExact(context, out, outLength)
              : (int) FINISH_DECRYPT.invokeExact(context, out, outLength))
          == 1;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  static boolean getTag(long context, long tag) {
    return control(context, CTRL_AEAD_GET_TAG, tag);
  }

  static boolean setTag(long context, long tag) {
    return control(context, CTRL_AEAD_SET_TAG, tag);
  }

  private static boolean control(long context, int type, long tag) {
    try {
      return (int) CONTROL.invokeExact(context, type, CipherSuite.TAG_LENGTH, tag) == 1;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }
}
