package io.hypermesh.stoq.publickey;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.hypermesh.stoq.foreign.Libcrypto;
import io.hypermesh.stoq.foreign.NativeAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libcrypto's EVP interface that keys need (OpenSSL's manual, {@code
 * EVP_PKEY_new_raw_private_key(3)}, {@code EVP_PKEY_derive(3)}, {@code EVP_PKEY_sign(3)}, {@code
 * d2i_PrivateKey(3)}). Keys are their addresses; who makes one frees it, once.
 *
 * <p>Arguments go through native memory that is erased after each call. No call is a critical one:
 * they take tens of microseconds, and locks of the library's. The class can't be loaded where
 * {@link Libcrypto} can't be used. Any thread may call it.
 */
final class EvpFunctions {
  /** {@code EVP_PKEY_X25519}. */
  private static final int X25519 = 1_034;

  /** {@code EVP_PKEY_EC}. */
  private static final int EC = 408;

  private static final int KEY_LENGTH = 32;

  /** An ECDSA signature in DER with numbers of 66 bytes takes less. */
  private static final int SIGNATURE_LENGTH_MAX = 160;

  private static final MethodHandle NEW_RAW_PRIVATE_KEY = newRawKey("EVP_PKEY_new_raw_private_key");
  private static final MethodHandle NEW_RAW_PUBLIC_KEY = newRawKey("EVP_PKEY_new_raw_public_key");
  private static final MethodHandle GET_RAW_PUBLIC_KEY = intOfThree("EVP_PKEY_get_raw_public_key");
  private static final MethodHandle D2I_AUTO_PRIVATE_KEY =
      Libcrypto.function(
          "d2i_AutoPrivateKey",
          FunctionDescriptor.of(JAVA_LONG, /* a */ JAVA_LONG, /* pp */ JAVA_LONG, JAVA_LONG));
  private static final MethodHandle GET_BASE_ID =
      Libcrypto.function(
          "EVP_PKEY_get_base_id", FunctionDescriptor.of(JAVA_INT, /* pkey */ JAVA_LONG));
  private static final MethodHandle FREE = voidOfOne("EVP_PKEY_free");
  private static final MethodHandle CONTEXT_NEW =
      Libcrypto.function(
          "EVP_PKEY_CTX_new", FunctionDescriptor.of(JAVA_LONG, /* pkey */ JAVA_LONG, JAVA_LONG));
  private static final MethodHandle CONTEXT_FREE = voidOfOne("EVP_PKEY_CTX_free");
  private static final MethodHandle DERIVE_INIT = intOfOne("EVP_PKEY_derive_init");
  private static final MethodHandle DERIVE_SET_PEER =
      Libcrypto.function(
          "EVP_PKEY_derive_set_peer_ex",
          FunctionDescriptor.of(JAVA_INT, /* ctx */ JAVA_LONG, /* peer */ JAVA_LONG, JAVA_INT));
  private static final MethodHandle DERIVE = intOfThree("EVP_PKEY_derive");
  private static final MethodHandle SIGN_INIT = intOfOne("EVP_PKEY_sign_init");
  private static final MethodHandle SIGN =
      Libcrypto.function(
          "EVP_PKEY_sign",
          FunctionDescriptor.of(
              JAVA_INT,
              /* ctx */ JAVA_LONG,
              /* sig */ JAVA_LONG,
              /* siglen */ JAVA_LONG,
              /* tbs */ JAVA_LONG,
              /* tbslen */ JAVA_LONG));
  private static final MethodHandle CLEAR_ERROR =
      Libcrypto.function("ERR_clear_error", FunctionDescriptor.ofVoid());

  private EvpFunctions() {}

  private static MethodHandle newRawKey(String name) {
    return Libcrypto.function(
        name,
        FunctionDescriptor.of(
            JAVA_LONG,
            /* type */ JAVA_INT,
            /* engine */ JAVA_LONG,
            /* key */ JAVA_LONG,
            /* keylen */ JAVA_LONG));
  }

  private static MethodHandle voidOfOne(String name) {
    return Libcrypto.function(name, FunctionDescriptor.ofVoid(JAVA_LONG));
  }

  private static MethodHandle intOfOne(String name) {
    return Libcrypto.function(name, FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  }

  private static MethodHandle intOfThree(String name) {
    return Libcrypto.function(
        name,
        FunctionDescriptor.of(
            JAVA_INT, /* ctx or key */ JAVA_LONG, /* out */ JAVA_LONG, /* outlen */ JAVA_LONG));
  }

  /** A key of X25519 from its scalar. */
  static long newX25519(byte[] scalar) {
    long key = newRaw(NEW_RAW_PRIVATE_KEY, scalar);
    if (key == 0) {
      throw new IllegalStateException("couldn't make an X25519 key: libcrypto refused the scalar");
    }
    return key;
  }

  private static long newRaw(MethodHandle function, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
      long key = (long) function.invokeExact(X25519, 0L, memory.address(), (long) bytes.length);
      memory.fill((byte) 0);
      return key;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** The public value of a key of X25519. */
  static byte[] publicValue(long key) {
    byte[] value = output(GET_RAW_PUBLIC_KEY, key, KEY_LENGTH);
    if (value == null) {
      throw new IllegalStateException("couldn't read an X25519 key's public value");
    }
    return value;
  }

  /** The secret that a key of X25519 shares with a peer's; null where it would be all zeros. */
  static byte @Nullable [] agree(long key, byte[] peerValue) {
    long peer = newRaw(NEW_RAW_PUBLIC_KEY, peerValue);
    if (peer == 0) {
      clearErrors();
      return null;
    }
    long context = 0;
    try {
      context = newContext(key);
      // The peer's value is any string of 32 bytes (RFC 7748, 5): there is nothing to validate.
      if ((int) DERIVE_INIT.invokeExact(context) != 1
          || (int) DERIVE_SET_PEER.invokeExact(context, peer, 0) != 1) {
        throw new IllegalStateException("couldn't agree by X25519: libcrypto refused the keys");
      }
      return output(DERIVE, context, KEY_LENGTH);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    } finally {
      freeContext(context);
      free(peer);
    }
  }

  /** What a function of context, output and length puts out; null where it fails. */
  private static byte @Nullable [] output(MethodHandle function, long subject, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(length);
      MemorySegment written = arena.allocateFrom(JAVA_LONG, length);
      int result = (int) function.invokeExact(subject, memory.address(), written.address());
      byte[] bytes = memory.toArray(JAVA_BYTE);
      memory.fill((byte) 0);
      if (result != 1 || written.get(JAVA_LONG, 0) != length) {
        clearErrors();
        return null;
      }
      return bytes;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** A private key on a curve from PKCS #8; 0 where it is none. */
  static long decodeEc(byte[] pkcs8) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, pkcs8);
      MemorySegment pointer = arena.allocateFrom(JAVA_LONG, memory.address());
      long key =
          (long) D2I_AUTO_PRIVATE_KEY.invokeExact(0L, pointer.address(), (long) pkcs8.length);
      memory.fill((byte) 0);
      if (key != 0 && (int) GET_BASE_ID.invokeExact(key) != EC) {
        free(key);
        key = 0;
      }
      clearErrors();
      return key;
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** An ECDSA signature of a hash, in DER. */
  static byte[] sign(long key, byte[] hash) {
    long context = 0;
    try (Arena arena = Arena.ofConfined()) {
      context = newContext(key);
      MemorySegment signature = arena.allocate(SIGNATURE_LENGTH_MAX);
      MemorySegment length = arena.allocateFrom(JAVA_LONG, SIGNATURE_LENGTH_MAX);
      MemorySegment input = arena.allocateFrom(JAVA_BYTE, hash);
      if ((int) SIGN_INIT.invokeExact(context) != 1
          || (int)
                  SIGN.invokeExact(
                      context,
                      signature.address(),
                      length.address(),
                      input.address(),
                      (long) hash.length)
              != 1) {
        clearErrors();
        throw new IllegalStateException("couldn't sign by ECDSA: libcrypto refused the key");
      }
      return signature.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    } finally {
      freeContext(context);
    }
  }

  private static long newContext(long key) throws Throwable {
    long context = (long) CONTEXT_NEW.invokeExact(key, 0L);
    if (context == 0) {
      throw new OutOfMemoryError("couldn't use a key: libcrypto has no memory");
    }
    return context;
  }

  private static void freeContext(long context) {
    if (context != 0) {
      try {
        CONTEXT_FREE.invokeExact(context);
      } catch (Throwable e) {
        throw NativeAccess.failed(e);
      }
    }
  }

  /** Frees a key; libcrypto erases what is secret in it. */
  static void free(long key) {
    try {
      FREE.invokeExact(key);
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }

  /** What the library notes of a failure would stay with the thread. */
  private static void clearErrors() {
    try {
      CLEAR_ERROR.invokeExact();
    } catch (Throwable e) {
      throw NativeAccess.failed(e);
    }
  }
}
