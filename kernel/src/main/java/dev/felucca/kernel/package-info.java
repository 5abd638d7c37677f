/** What every bundle says: the driver contract, identifiers and the one exception. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.felucca.kernel;
