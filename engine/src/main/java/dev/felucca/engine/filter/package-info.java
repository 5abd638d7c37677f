/** What lists and prunes are narrowed by: the API's filters, values by key. */
@NullMarked
package dev.felucca.engine.filter;

import org.jspecify.annotations.NullMarked;
