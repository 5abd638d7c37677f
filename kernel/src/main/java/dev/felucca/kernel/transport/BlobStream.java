package dev.felucca.kernel.transport;

import java.io.InputStream;

/**
 * A blob on its way. The caller closes the stream and verifies the digest.
 *
 * @param offset where the stream begins: the offset asked for, or 0 when the registry cannot resume
 * @param size the whole blob's size, -1 when the registry does not say
 */
public record BlobStream(InputStream stream, long offset, long size) {}
