// The header alone in C++17; see abi_c99.c.
#include <carve.h>

#include <type_traits>

static_assert(std::is_standard_layout_v<carve_model> && std::is_trivial_v<carve_model>);
static_assert(std::is_standard_layout_v<carve_population> && std::is_trivial_v<carve_population>);
static_assert(std::is_standard_layout_v<carve_projection> && std::is_trivial_v<carve_projection>);
static_assert(std::is_standard_layout_v<carve_rule> && std::is_trivial_v<carve_rule>);
static_assert(std::is_standard_layout_v<carve_input> && std::is_trivial_v<carve_input>);
static_assert(std::is_standard_layout_v<carve_gaussian> && std::is_trivial_v<carve_gaussian>);
static_assert(std::is_standard_layout_v<carve_trajectory_probe> &&
              std::is_trivial_v<carve_trajectory_probe>);
static_assert(std::is_standard_layout_v<carve_rate> && std::is_trivial_v<carve_rate>);
static_assert(std::is_standard_layout_v<carve_poisson> && std::is_trivial_v<carve_poisson>);
static_assert(std::is_standard_layout_v<carve_lif> && std::is_trivial_v<carve_lif>);
static_assert(std::is_standard_layout_v<carve_tif> && std::is_trivial_v<carve_tif>);
static_assert(std::is_standard_layout_v<carve_if> && std::is_trivial_v<carve_if>);
static_assert(std::is_standard_layout_v<carve_cvaif> && std::is_trivial_v<carve_cvaif>);
static_assert(std::is_standard_layout_v<carve_eif> && std::is_trivial_v<carve_eif>);
static_assert(std::is_standard_layout_v<carve_plasticity> && std::is_trivial_v<carve_plasticity>);
static_assert(std::is_standard_layout_v<carve_polynomial> && std::is_trivial_v<carve_polynomial>);
static_assert(std::is_standard_layout_v<carve_mlp> && std::is_trivial_v<carve_mlp>);
static_assert(std::is_standard_layout_v<carve_product> && std::is_trivial_v<carve_product>);
static_assert(std::is_standard_layout_v<carve_receptor> && std::is_trivial_v<carve_receptor>);
static_assert(std::is_standard_layout_v<carve_term> && std::is_trivial_v<carve_term>);
static_assert(std::is_standard_layout_v<carve_distribution> &&
              std::is_trivial_v<carve_distribution>);
static_assert(std::is_standard_layout_v<carve_view> && std::is_trivial_v<carve_view>);
static_assert(std::is_standard_layout_v<carve_loss> && std::is_trivial_v<carve_loss>);
static_assert(std::is_standard_layout_v<carve_spike> && std::is_trivial_v<carve_spike>);
static_assert(std::is_standard_layout_v<carve_recorder> && std::is_trivial_v<carve_recorder>);

extern "C" size_t carve_header_cpp17() {
    return sizeof(carve_model) + sizeof(carve_view) + sizeof(carve_loss);
}
