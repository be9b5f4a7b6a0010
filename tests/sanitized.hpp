// Whether a sanitizer is in this build: it has its own malloc, and makes the reference's loops slow.
#ifndef CARVE_TESTS_SANITIZED_HPP
#define CARVE_TESTS_SANITIZED_HPP

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CARVE_SANITIZED 1
#elif defined(__has_feature)
#define CARVE_SANITIZED                                                                            \
    (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                        \
     __has_feature(thread_sanitizer))
#else
#define CARVE_SANITIZED 0
#endif

#endif
