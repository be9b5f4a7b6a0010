// Compiled once for each width of registers, PEAK_BYTES, with the flags that they need.
#include "peak_width.hpp"

namespace bench {
namespace {

template <class Real> struct Vector {
    static constexpr std::size_t n = PEAK_BYTES / sizeof(Real);
    typedef Real Type __attribute__((vector_size(PEAK_BYTES)));
    static Type set(Real x) { return Type{} + x; }
    static Real sum(const Type& v) {
        Real s = 0;
        for (std::size_t i = 0; i < n; ++i)
            s += v[i];
        return s;
    }
};

template <class Real> Real fma_chains(std::uint64_t rounds) {
    using V = Vector<Real>;
    // Not constants, or the compiler would know the result.
    volatile Real factor = Real(0.999), summand = Real(0.001);
    const typename V::Type a = V::set(factor), b = V::set(summand);
    typename V::Type x[kChains];
    for (std::size_t k = 0; k < kChains; ++k)
        x[k] = V::set(Real(k));
    for (std::uint64_t r = 0; r < rounds; ++r)
        for (std::size_t k = 0; k < kChains; ++k)
            x[k] = x[k] * a + b; // contracted to a multiply-add by -ffp-contract=fast
    Real sum = 0;
    for (std::size_t k = 0; k < kChains; ++k)
        sum += V::sum(x[k]);
    return sum;
}

float read(const float* from, std::size_t n) {
    using V = Vector<float>;
    constexpr std::size_t kSums = 8;
    const auto* vectors = reinterpret_cast<const V::Type*>(from);
    V::Type sums[kSums] = {};
    for (std::size_t i = 0; i < n / V::n; i += kSums)
        for (std::size_t k = 0; k < kSums; ++k)
            sums[k] += vectors[i + k];
    float sum = 0;
    for (std::size_t k = 0; k < kSums; ++k)
        sum += V::sum(sums[k]);
    return sum;
}

void update(float* block, std::size_t n) {
    using V = Vector<float>;
    constexpr std::size_t kAtOnce = 8;
    volatile float summand = 0.001f;
    const V::Type b = V::set(summand);
    auto* vectors = reinterpret_cast<V::Type*>(block);
    for (std::size_t i = 0; i < n / V::n; i += kAtOnce)
        for (std::size_t k = 0; k < kAtOnce; ++k)
            vectors[i + k] += b;
}

} // namespace

#define PEAK_JOIN(a, b) a##b
#define PEAK_NAME(bytes) PEAK_JOIN(peak_, bytes)
const PeakWidth PEAK_NAME(PEAK_BYTES) = {PEAK_BYTES, fma_chains<float>, fma_chains<double>, read,
                                         update};

} // namespace bench
