// The elements of a sim's arrays by lane, whatever their layout.
#ifndef CARVE_TESTS_VIEWS_HPP
#define CARVE_TESTS_VIEWS_HPP

#include "model/fields.hpp"

#include <cstdint>
#include <vector>

namespace nets {

class Elements {
  public:
    // n_pre: with afferent lanes, the presynaptic units of the sensitivities' projection, else 0.
    Elements(const carve_view& view, const ViewRow& row, std::size_t n_pre)
        : view_(view), row_(row), n_pre_(n_pre) {}
    bool of_all_lanes() const { return row_.without_lanes && view_.ndim == row_.without_lanes; }
    std::size_t n_replicas() const { // padding included
        return of_all_lanes() ? 1
               : n_pre_       ? view_.shape[0]
                              : view_.shape[0] * view_.shape[view_.ndim - 1];
    }
    // Where the elements of one lane are, in the order of their indices.
    std::vector<void*> of(std::size_t lane) const {
        std::vector<void*> out;
        std::size_t start = 0;
        std::uint32_t first = 0, last = view_.ndim;
        if (!of_all_lanes()) {
            first = 1;
            const std::size_t width = n_pre_ ? 1 : view_.shape[last - 1];
            start = lane / width * view_.stride[0];
            if (!n_pre_)
                start += lane % width * view_.stride[--last];
        }
        add(out, start, first, last, 0);
        return out;
    }
    // Where element e of of() is among [post][pre][coefficient]: with afferent lanes it comes from
    // [post][pre / 16][coefficient][pre % 16].
    std::size_t in_order(std::size_t e) const {
        if (!n_pre_)
            return e;
        const std::size_t n = view_.shape[3], a_row = n_pre_ * n, post = e / a_row;
        const std::size_t first = e % a_row / (CARVE_AFFERENTS * n) * CARVE_AFFERENTS;
        const std::size_t units =
            n_pre_ - first < CARVE_AFFERENTS ? n_pre_ - first : CARVE_AFFERENTS;
        const std::size_t in_tile = e % a_row - first * n;
        return post * a_row + (first + in_tile % units) * n + in_tile / units;
    }
    std::size_t size() const { // of an element
        return view_.type == CARVE_U16                              ? 2
               : view_.type == CARVE_F32 || view_.type == CARVE_U32 ? 4
                                                                    : 8;
    }
    std::uint32_t type() const { return view_.type; }

  private:
    void add(std::vector<void*>& out, std::size_t at, std::uint32_t dim, std::uint32_t end,
             std::size_t unit) const {
        if (dim == end) {
            out.push_back(static_cast<char*>(view_.data) + at * size());
            return;
        }
        for (std::size_t k = 0; k < view_.shape[dim]; ++k) {
            std::size_t below = unit;
            if (n_pre_ && (dim == 2 || dim == 4)) // [row of afferents] and [afferent]
                below = dim == 2 ? k * CARVE_AFFERENTS : unit + k;
            if (!n_pre_ || below < n_pre_)
                add(out, at + k * view_.stride[dim], dim + 1, end, below);
        }
    }
    carve_view view_;
    const ViewRow& row_;
    std::size_t n_pre_;
};

} // namespace nets

#endif
