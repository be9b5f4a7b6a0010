// arrays.cpp: the rows of the table, and the lengths of their dimensions.
#include "arrays.hpp"
#include "features.hpp"
#include "neurons.hpp"
#include "terms.hpp"

namespace carve {

namespace {

#define CARVE_ROW(owner, name) Owner::owner, offsetof(Owner_##owner, name)
using Owner_rule = RulePlan;
using Owner_projection = ProjectionPlan;
using Owner_population = PopulationPlan;
using Owner_sim = Sim;

using D = Dim;
using E = Element;

// Owner and member, element, shape (without the lane), exists where all of these facts hold and none of
// those, view, reset, and what frozen lanes hold in work and after a call; the last ones if not none.
// clang-format off
constexpr Array kArrays[] = {
    {CARVE_ROW(sim, frozen),                  E::u64,       {D::block, D::lane},                                   kAlways, 0, CARVE_VIEW_FROZEN, Reset::zero, kNoPart},
    {CARVE_ROW(sim, streams),                 E::u64,       {D::block, D::lane},                                   kAlways, 0, CARVE_VIEW_STREAMS},

    {CARVE_ROW(rule, theta),                  E::real,      {D::term},                                             kShared, 0, CARVE_VIEW_THETA},
    {CARVE_ROW(rule, theta),                  E::replicas,  {D::block, D::term},                                   kAlways, kShared, CARVE_VIEW_THETA},

    {CARVE_ROW(rule, listed),                 E::u32,       {D::listed_term},                                      kRates},

    {CARVE_ROW(projection, eta),              E::replicas,  {D::block},                                            kPlastic, 0, CARVE_VIEW_ETA},
    {CARVE_ROW(projection, bounds),           E::replicas,  {D::block, D::two},                                    kPlastic | kBounded, kFurtherUse, CARVE_VIEW_BOUNDS},
    {CARVE_ROW(projection, gain),             E::replicas,  {D::block},                                            kSpiking, kFurtherUse, CARVE_VIEW_GAIN},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::post, D::pre_row},                       kAlways, kPlastic | kSparse, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::post, D::pre_row},                       kPlastic, kSparse | kFurtherUse, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::synapse},                                kSparse, kPlastic | kTargetLanes, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::synapse},                                kSparse | kPlastic, kFurtherUse | kTargetLanes, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, row_start),        E::u32,       {D::row_bound},                                        kSparse, kFurtherUse | kTargetLanes, CARVE_VIEW_ROW_START},
    {CARVE_ROW(projection, pre_units),        E::u32,       {D::synapse},                                          kSparse, kFurtherUse | kTargetLanes, CARVE_VIEW_PRE_UNITS},
    {CARVE_ROW(projection, column_start),     E::u32,       {D::column_bound},                                     kSparse, kFurtherUse | kTargetLanes},
    {CARVE_ROW(projection, columns),          E::column_entry, {D::synapse},                                       kSparse, kFurtherUse | kTargetLanes},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::synapse_row},                            kTargetLanes, kPlastic, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS},
    {CARVE_ROW(projection, weights),          E::lanes,     {D::block, D::synapse_row},                            kPlastic | kTargetLanes, 0, CARVE_VIEW_WEIGHTS, Reset::drawn, CARVE_PART_WEIGHTS, Hold::none, Hold::nan},
    {CARVE_ROW(projection, column_start),     E::u32,       {D::column_bound},                                     kTargetLanes, 0, CARVE_VIEW_COLUMN_START},
    {CARVE_ROW(projection, targets),          E::u16,       {D::synapse_row},                                      kTargetLanes, 0, CARVE_VIEW_POST_UNITS},
    {CARVE_ROW(projection, row_start),        E::u32,       {D::row_bound},                                        kPlastic | kTargetLanes},
    {CARVE_ROW(projection, pre_units),        E::u16,       {D::synapse_row},                                      kPlastic | kTargetLanes},
    {CARVE_ROW(projection, positions),        E::u32,       {D::synapse_row, D::tile},                             kPlastic | kTargetLanes},
    {CARVE_ROW(projection, sens),             E::lanes,     {D::block, D::post, D::pre_row, D::coefficient},       kPlastic | kForward, kFurtherUse, CARVE_VIEW_SENSITIVITIES, Reset::start, CARVE_PART_WEIGHTS, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, checkpoints),      E::lanes,     {D::block, D::checkpoint, D::post, D::pre_row},        kPlastic | kAdjoint},
    {CARVE_ROW(projection, segment),          E::lanes,     {D::segment_step, D::post, D::pre_row},                kPlastic | kAdjoint},
    {CARVE_ROW(projection, slope),            E::lanes,     {D::post, D::pre_row},                                 kPlastic | kAdjoint},
    {CARVE_ROW(projection, transmitted),      E::lanes,     {D::block, D::post, D::group},                         kTuning, kFurtherUse, CARVE_VIEW_TRANSMITTED, Reset::zero, CARVE_PART_MEASURES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, pre_traces),       E::lanes,     {D::block, D::pre, D::trace},                          kSpiking | kPlastic, kTargetLanes, CARVE_VIEW_PRE_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, post_traces),      E::lanes,     {D::block, D::post, D::trace},                         kSpiking | kPlastic, kTargetLanes, CARVE_VIEW_POST_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, pre_traces),       E::replicas,  {D::block, D::trace, D::pre},                          kPlastic | kTargetLanes, 0, CARVE_VIEW_PRE_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, post_traces),      E::replicas,  {D::block, D::trace, D::post},                         kPlastic | kTargetLanes, 0, CARVE_VIEW_POST_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, trace_scales),     E::replicas,  {D::block, D::two, D::trace},                          kPlastic | kTargetLanes, 0, CARVE_VIEW_TRACE_SCALES, Reset::one, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, pre_traces),       E::lanes,     {D::block, D::pre},                                    kRates | kPlastic | kPreMeans, 0, CARVE_VIEW_PRE_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, post_traces),      E::lanes,     {D::block, D::post, D::trace},                         kRates | kPlastic | kPostMeans, 0, CARVE_VIEW_POST_TRACES, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, last),             E::u64,       {D::pre},                                              kSpiking | kPlastic | kFromPoisson, kFurtherUse | kTargetLanes, CARVE_VIEW_LAST_SPIKES, Reset::zero, CARVE_PART_TRACES},
    {CARVE_ROW(projection, last_working),     E::u64,       {D::pre},                                              kSpiking | kPlastic | kFromPoisson, kFurtherUse | kTargetLanes},
    {CARVE_ROW(projection, pre_sens),         E::lanes,     {D::block, D::pre, D::trace},                          kSpiking | kPlastic | kFromPoisson | kForward, 0, kNoView, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, post_sens),        E::lanes,     {D::block, D::post, D::trace, D::coefficient},         kSpiking | kPlastic | kFromPoisson | kForward, 0, kNoView, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, pre_sens),         E::lanes,     {D::block, D::pre, D::coefficient},                    kRates | kPlastic | kPreMeans | kForward, 0, kNoView, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, post_sens),        E::lanes,     {D::block, D::post, D::trace, D::coefficient},         kRates | kPlastic | kPostMeans | kForward, 0, kNoView, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, eligibility),      E::lanes,     {D::block, D::post, D::pre_row},                       kPlastic | kEligibility, kSparse, CARVE_VIEW_ELIGIBILITY, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, eligibility),      E::lanes,     {D::block, D::synapse},                                kSparse | kPlastic | kEligibility, 0, CARVE_VIEW_ELIGIBILITY, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, eligibility_sens), E::lanes,     {D::block, D::post, D::pre_row, D::coefficient},       kPlastic | kEligibility | kForward, 0, CARVE_VIEW_ELIGIBILITY_SENSITIVITIES, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, baseline),         E::lanes,     {D::block, D::baseline_step},                          kPlastic | kBaseline, 0, CARVE_VIEW_BASELINE, Reset::baseline, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, modulator_rate),   E::lanes,     {D::block},                                            kSpiking | kPlastic | kSpikingModulator, 0, CARVE_VIEW_MODULATOR_RATE, Reset::zero, CARVE_PART_TRACES, Hold::zero, Hold::nan},
    {CARVE_ROW(projection, baseline_sens),    E::lanes,     {D::block, D::baseline_step, D::coefficient},          kPlastic | kBaseline | kSensitiveModulator, 0, kNoView, Reset::zero, CARVE_PART_TRACES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, modulation),       E::lanes,     {D::modulation_row},                                   kRates | kPlastic | kModulated},
    {CARVE_ROW(projection, modulation),       E::lanes,     {D::block, D::modulation_row},                         kSpiking | kPlastic | kModulated, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(projection, sum_terms),        E::lanes,     {D::block, D::two, D::spike_theta},                    kSpiking | kPlastic | kWeightSums, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(projection, modulator_sens),   E::lanes,     {D::coefficient},                                      kPlastic | kSensitiveModulator},
    {CARVE_ROW(projection, general),          E::lanes,     {D::general_row},                                      kRates | kPlastic | kGeneralRule},
    {CARVE_ROW(projection, totals),           E::lanes,     {D::lane_group, D::post, D::event_sum, D::coefficient}, kSpiking | kPlastic | kFromPoisson | kForward, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(projection, trajectory),       E::lanes,     {D::block, D::trajectory_row},                         kRecorded, kUnitSums, CARVE_VIEW_WEIGHT_TRAJECTORY, Reset::zero, CARVE_PART_MEASURES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, trajectory),       E::lanes,     {D::block, D::post, D::trajectory_row},                kRecorded | kUnitSums, 0, CARVE_VIEW_WEIGHT_TRAJECTORY, Reset::zero, CARVE_PART_MEASURES, Hold::none, Hold::nan},
    {CARVE_ROW(projection, observed),         E::lanes,     {D::observation, D::observed_row},                     kRecorded | kForward},
    {CARVE_ROW(projection, segment_traces),   E::lanes,     {D::lane_group, D::segment_trace},                     kSpiking | kPlastic | kFromPoisson | kForward},

    {CARVE_ROW(population, rates),            E::lanes,     {D::block, D::sample, D::row},                         kRates, kStreamed | kMoments, CARVE_VIEW_RATES, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, buffer[0]),        E::lanes,     {D::sample, D::row},                                   kBuffered},
    {CARVE_ROW(population, buffer[1]),        E::lanes,     {D::sample, D::row},                                   kTwoBuffers},
    {CARVE_ROW(population, mean),             E::real,      {D::unit},                                             kGaussian | kShared, 0, CARVE_VIEW_MEAN},
    {CARVE_ROW(population, mean),             E::replicas,  {D::block, D::unit},                                   kGaussian, kShared, CARVE_VIEW_MEAN},
    {CARVE_ROW(population, factor),           E::real,      {D::unit, D::unit},                                    kGaussian | kShared, 0, CARVE_VIEW_FACTOR},
    {CARVE_ROW(population, factor),           E::replicas,  {D::block, D::unit, D::unit},                          kGaussian, kShared, CARVE_VIEW_FACTOR},
    {CARVE_ROW(population, sens[0]),          E::lanes,     {D::sample, D::row, D::coefficient},                   kRates | kSensitive, kMoments},
    {CARVE_ROW(population, sens[1]),          E::lanes,     {D::sample, D::row, D::coefficient},                   kRates | kSensitive | kOnline, kMoments},
    {CARVE_ROW(population, drive),            E::lanes,     {D::block, D::sample, D::row},                         kLeaky, 0, CARVE_VIEW_DRIVE, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, drive_sens),       E::lanes,     {D::block, D::sample, D::row, D::coefficient},         kLeaky | kSensitive, 0, CARVE_VIEW_DRIVE_SENSITIVITIES, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, past),             E::lanes,     {D::block, D::history_step, D::sample, D::row},        kRates | kDelayed, 0, CARVE_VIEW_PAST_RATES, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, past_sens),        E::lanes,     {D::block, D::history_step, D::sample, D::row, D::coefficient}, kRates | kDelayed | kSensitive, 0, kNoView, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, trajectory),       E::lanes,     {D::block, D::trajectory_row},                         kRecorded, kUnitSums, CARVE_VIEW_TRAJECTORY, Reset::zero, CARVE_PART_MEASURES, Hold::none, Hold::nan},
    {CARVE_ROW(population, trajectory),       E::lanes,     {D::block, D::unit, D::trajectory_row},                kRecorded | kUnitSums, 0, CARVE_VIEW_TRAJECTORY, Reset::zero, CARVE_PART_MEASURES, Hold::none, Hold::nan},
    {CARVE_ROW(population, observed),         E::lanes,     {D::observation, D::observed_row},                     kRecorded | kSensitive},
    {CARVE_ROW(population, center),           E::lanes,     {D::coefficient},                                      kChoices | kSensitive},
    {CARVE_ROW(population, elimination),      E::f64,       {D::elimination},                                      kFreeWeights},
    {CARVE_ROW(population, segment),          E::lanes,     {D::segment_step, D::sample, D::row},                  kRedrawn | kAdjoint},
    {CARVE_ROW(population, slope),            E::lanes,     {D::sample, D::row},                                   kDepends | kAdjoint},
    {CARVE_ROW(population, fired),            E::u64,       {D::unit},                                             kPoisson},
    {CARVE_ROW(population, raster),           E::u64,       {D::history_step, D::word},                            kPoisson | kDelayed, 0, kNoView, Reset::zero, CARVE_PART_ACTIVITY},
    {CARVE_ROW(population, groups),           E::f64,       {D::two, D::group},                                    kPoisson, kStreamed, CARVE_VIEW_GROUPS},
    {CARVE_ROW(population, sources),          E::source,    {D::group},                                            kPoisson, kStreamed},
    {CARVE_ROW(population, saved),            E::source,    {D::group},                                            kPoisson, kStreamed},
    {CARVE_ROW(population, signals),          E::f64,       {D::group, D::spike_step},                             kLeader},
    {CARVE_ROW(population, window),           E::u64,       {D::two},                                              kNeurons, 0, CARVE_VIEW_WINDOW},
    {CARVE_ROW(population, voltages),         E::lanes,     {D::block, D::unit},                                   kNeurons, kTargetLanes, CARVE_VIEW_VOLTAGES, Reset::rest, CARVE_PART_ACTIVITY, Hold::zero, Hold::nan},
    {CARVE_ROW(population, refractory),       E::lanes,     {D::block, D::unit},                                   kNeurons, kTargetLanes, kNoView, Reset::zero, CARVE_PART_ACTIVITY, Hold::largest, Hold::nan},
    {CARVE_ROW(population, counts),           E::lanes,     {D::block, D::unit},                                   kNeurons, kTargetLanes, CARVE_VIEW_SPIKE_COUNTS, Reset::zero, CARVE_PART_MEASURES, Hold::zero, Hold::nan},
    {CARVE_ROW(population, conductances),     E::lanes,     {D::block, D::unit, D::receptor},                      kNeurons, kTargetLanes, CARVE_VIEW_CONDUCTANCES, Reset::zero, CARVE_PART_ACTIVITY, Hold::zero, Hold::nan},
    {CARVE_ROW(population, state),            E::lanes,     {D::block, D::unit, D::state},                         kNeurons, kTargetLanes, CARVE_VIEW_NEURON_STATE, Reset::state, CARVE_PART_ACTIVITY, Hold::zero, Hold::nan},
    {CARVE_ROW(population, voltages),         E::lanes,     {D::block, D::row},                                    kNeurons | kTargetLanes, 0, CARVE_VIEW_VOLTAGES, Reset::rest, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, refractory),       E::lanes,     {D::block, D::row},                                    kNeurons | kTargetLanes, 0, kNoView, Reset::waits, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, counts),           E::lanes,     {D::block, D::row},                                    kNeurons | kTargetLanes, 0, CARVE_VIEW_SPIKE_COUNTS, Reset::zero, CARVE_PART_MEASURES, Hold::none, Hold::nan},
    {CARVE_ROW(population, conductances),     E::lanes,     {D::block, D::receptor, D::row},                       kNeurons | kTargetLanes, 0, CARVE_VIEW_CONDUCTANCES, Reset::zero, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, conductance_scales), E::replicas, {D::block, D::receptor},                              kNeurons | kTargetLanes, 0, CARVE_VIEW_CONDUCTANCE_SCALES, Reset::one, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, state),            E::lanes,     {D::block, D::state, D::row},                          kNeurons | kTargetLanes, 0, CARVE_VIEW_NEURON_STATE, Reset::state, CARVE_PART_ACTIVITY, Hold::none, Hold::nan},
    {CARVE_ROW(population, rate),             E::replicas,  {D::block},                                            kScored, 0, CARVE_VIEW_FILTERED_RATE, Reset::rate_start, CARVE_PART_MEASURES, Hold::nan, Hold::nan},
    {CARVE_ROW(population, score),            E::replicas,   {D::block, D::score},                                  kScored, 0, kNoView, Reset::zero, CARVE_PART_MEASURES, Hold::zero, Hold::nan},
    {CARVE_ROW(population, voltage_sens),     E::lanes,     {D::block, D::unit, D::coefficient},                   kNeurons | kForward, 0, kNoView, Reset::zero, CARVE_PART_ACTIVITY, Hold::zero, Hold::nan},
    {CARVE_ROW(population, conductance_sens), E::lanes,     {D::block, D::unit, D::receptor, D::coefficient},      kNeurons | kForward, 0, kNoView, Reset::zero, CARVE_PART_ACTIVITY, Hold::zero, Hold::nan},
    {CARVE_ROW(population, spike_sens),       E::lanes,     {D::lane_group, D::pending_step, D::unit, D::coefficient}, kNeurons | kForward, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(population, rate_sens),        E::lanes,     {D::block, D::coefficient},                            kScored | kForward, 0, kNoView, Reset::zero, CARVE_PART_MEASURES, Hold::zero, Hold::nan},
    {CARVE_ROW(population, score_sens),       E::lanes,     {D::block, D::score, D::coefficient},                  kScored | kForward, 0, kNoView, Reset::zero, CARVE_PART_MEASURES, Hold::zero, Hold::nan},
    {CARVE_ROW(population, history),          E::lanes,     {D::block, D::history_step, D::unit},                  kListened, kTargetLanes, kNoView, Reset::zero, CARVE_PART_ACTIVITY, Hold::zero, Hold::zero},
    {CARVE_ROW(population, history),          E::u16,       {D::block, D::history_step, D::row},                   kListened | kTargetLanes},
    {CARVE_ROW(population, fired_counts),     E::u32,       {D::block, D::history_step},                           kListened | kTargetLanes, 0, kNoView, Reset::zero, CARVE_PART_ACTIVITY},

    // Scratch of the block in work.
    {CARVE_ROW(sim, normals),                 E::replicas,  {D::gaussian_unit},                                    kRates},
    {CARVE_ROW(sim, dense),                   E::lanes,     {D::rule, D::power, D::dense_term},                    kRates},
    {CARVE_ROW(sim, moments),                 E::lanes,     {D::moment},                                           kRates | kMoments},
    {CARVE_ROW(sim, discard),                 E::lanes,     {D::coefficient},                                      kRates | kForward, kMoments},
    {CARVE_ROW(sim, spread),                  E::lanes,     {D::coefficient},                                      kRates | kForward | kAfferentLanes},
    {CARVE_ROW(sim, terms),                   E::term_row,  {D::projection, D::coefficient},                       kRates | kForward, kMoments},
    {CARVE_ROW(sim, gradient),                E::lanes,     {D::coefficient},                                      kRates | kAdjoint},
    {CARVE_ROW(sim, row),                     E::lanes,     {D::afferent},                                         kRates | kAdjoint},
    {CARVE_ROW(sim, sums),                    E::lanes,     {D::drive_part},                                       kRates | kAfferentLanes},
    {CARVE_ROW(sim, tile),                    E::lanes,     {D::tile_row, D::tile},                                kRates, kMoments},
    {CARVE_ROW(sim, lateral),                 E::lanes,     {D::lateral_unit, D::lateral_number},                  kRates, kMoments},
    {CARVE_ROW(sim, solve),                   E::lanes,     {D::solved_unit, D::solved_unit},                      kRates},
    {CARVE_ROW(sim, residuals),               E::lanes,     {D::two, D::sample, D::explained_unit},                kRates, kMoments},
    {CARVE_ROW(sim, samples),                 E::lanes,     {D::two, D::chunk_sample, D::tile},                    kRates | kForward, kMoments | kOnline},
    {CARVE_ROW(sim, raw_spikes),              E::raw_spike, {D::spike},                                            kSpiking},
    {CARVE_ROW(sim, spikes),                  E::spike,     {D::spike},                                            kSpiking},
    {CARVE_ROW(sim, spikes_begin),            E::u32,       {D::spike_bound},                                      kSpiking},
    {CARVE_ROW(sim, spike_rules),             E::replicas,  {D::block, D::use, D::spike_row},                      kSpiking, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(sim, surrogates),              E::lanes,     {D::lane_group, D::coefficient},                       kSpiking | kForward, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
    {CARVE_ROW(sim, pending),                 E::lanes,     {D::lane_group, D::coefficient},                       kSpiking | kForward, 0, kNoView, Reset::none, kNoPart, Hold::zero, Hold::none},
};
// clang-format on
// Those that some model of this build may have.
constexpr std::uint64_t kNeverFacts =
    (built(feature::rates) ? kAlways : kRates) |
    (built(feature::spikes) ? kAlways : kSpiking | kNeurons | kPoisson | kLeader) |
    (built(feature::forward) ? kAlways : kForward | kSensitive) |
    (built(feature::adjoint) ? kAlways : kAdjoint) |
    (built(feature::batches) ? kAlways : kMoments) |
    (built(feature::lane_blocks) ? kAlways : kAfferentLanes) |
    (built(feature::gaussian) ? kAlways : kGaussian) |
    (built(feature::sparse) ? kAlways : kSparse) |
    (built(feature::third_factors) ? kAlways : kModulated | kBaseline | kSpikingModulator) |
    (built(feature::general_rules)
         ? kAlways
         : kGeneralRule | kEligibility | kWeightSums | kPreMeans | kPostMeans) |
    (built(feature::trajectories) ? kAlways : kRecorded) |
    (built(feature::memory) ? kAlways : kLeaky);
constexpr bool is_built(const Array& a) noexcept { return (a.needs & kNeverFacts) == 0; }
constexpr std::size_t count_built() noexcept {
    std::size_t n = 0;
    for (const Array& a : kArrays)
        n += is_built(a);
    return n;
}
struct BuiltArrays {
    static constexpr std::size_t n = count_built();
    Array rows[n] = {};
};
constexpr BuiltArrays built_arrays() noexcept {
    BuiltArrays all;
    std::size_t n = 0;
    for (const Array& a : kArrays)
        if (is_built(a))
            all.rows[n++] = a;
    return all;
}
constexpr BuiltArrays kBuiltArrays = built_arrays();

template <class Plan>
Offset offset_in(const Plan* plans, std::uint32_t i, std::uint32_t member) noexcept {
    Offset at;
    __builtin_memcpy(&at, reinterpret_cast<const char*>(plans + i) + member, sizeof at);
    return at;
}

} // namespace

ArrayRange arrays() noexcept { return {kBuiltArrays.rows, kBuiltArrays.rows + kBuiltArrays.n}; }

Sizes sizes_of(const Sim& sim) noexcept {
    Sizes s{};
    s[D::one] = 1;
    s[D::two] = s[D::trace] = 2;
    s[D::score] = kScore;
    s[D::block] = sim.n_blocks;
    s[D::lane] = sim.lanes_per_block;
    s[D::sample] = sim.model.batch;
    s[D::coefficient] = sim.n_coefficients;
    s[D::checkpoint] = sim.n_checkpoints + 1;
    s[D::segment_step] = sim.interval;
    s[D::lane_group] = kLaneGroupsAtOnce;
    s[D::observation] = kObserved;
    s[D::observed_row] = 2 + std::uint64_t{sim.n_coefficients};
    s[D::event_sum] = 4;
    s[D::pending_step] = kSegment;
    s[D::spike_step] = kSpikeSteps;
    s[D::spike_bound] = kSpikeSteps + 1;
    s[D::spike_row] = kSpikeRows;
    s[D::spike_theta] = kSpikeTheta;
    s[D::spike] = sim.spike_capacity;
    s[D::rule] = sim.model.n_rules;
    s[D::projection] = sim.model.n_projections;
    s[D::use] = count_uses(sim.model);
    s[D::power] = powers_of(sim);
    s[D::dense_term] = 64;
    s[D::drive_part] = 1 + (sim.facts & kForward ? sim.n_coefficients : 0);
    s[D::tile_row] = kTileRows;
    s[D::tile] = kTile;
    s[D::chunk_sample] = kChunk;
    return s;
}
void add_sizes(Sizes& s, const PopulationPlan& p) noexcept {
    s[D::unit] = p.model.n_units;
    s[D::row] = p.rows;
    s[D::group] = p.model.n_groups;
    s[D::receptor] = p.model.n_receptors;
    s[D::state] = state_rows(p.model);
    s[D::history_step] = p.history_steps;
    s[D::word] = words_of(p);
    const std::uint64_t k = p.sensitive() ? s[D::coefficient] : 0;
    s[D::trajectory_row] = trajectory_rows(k, p.model.sums);
    s[D::elimination] = s[D::trajectory_row] + k;
}
void add_sizes(Sizes& s, const ProjectionPlan& q, const PopulationPlan& pre,
               const PopulationPlan& post, const Rule& rule) noexcept {
    const Projection& p = q.model;
    const bool general = (q.facts & kGeneralRule) != 0, forward = (q.facts & kForward) != 0;
    const std::uint64_t k = forward ? s[D::coefficient] : 0;
    s[D::trajectory_row] = trajectory_rows(k);
    if (is_sparse(p)) {
        s[D::synapse] = count_synapses(p, post.model.n_units);
        s[D::synapse_row] = (s[D::synapse] + kAfferents - 1) / kAfferents + 1;
    }
    s[D::row_bound] = post.model.n_units + std::uint64_t{1};
    s[D::column_bound] = pre.model.n_units + std::uint64_t{1};
    s[D::post] = post.model.n_units;
    s[D::pre] = pre.model.n_units;
    s[D::pre_row] = pre.rows;
    s[D::group] = pre.model.n_groups;
    s[D::modulation_row] = q.facts & kSpiking  ? spike_modulation_rows(p, rule)
                           : !has_modulator(p) ? kGateRows
                           : general           ? kGeneralModulationRows
                                               : kModulationRows;
    if (built(feature::general_rules) && general)
        s[D::general_row] = contracted_rows(rule, forward) +
                            (forward ? (2 + (p.n_uses > 1 && p.use == 0)) * s[D::coefficient] : 0);
    s[D::baseline_step] = p.baseline == CARVE_BASELINE_WINDOW ? p.window : 1;
    s[D::segment_trace] = 2 + kSegment * std::uint64_t{post.model.n_units};
}
void add_sizes(Sizes& s, const RulePlan& r) noexcept {
    s[D::term] = r.n_terms;
    s[D::listed_term] = r.model.listed;
}

Sizes sizes_of(const Sim& sim, Owner owner, std::uint32_t i) noexcept {
    Sizes s = sizes_of(sim);
    if (owner == Owner::population)
        add_sizes(s, populations(sim)[i]);
    if (owner == Owner::projection) {
        const ProjectionPlan& q = projections(sim)[i];
        add_sizes(s, q, populations(sim)[q.model.pre], populations(sim)[q.model.post],
                  is_plastic(q.model) ? rules(sim)[q.model.rule].model : Rule{});
    }
    if (owner == Owner::rule)
        add_sizes(s, rules(sim)[i]);
    return s;
}

std::uint64_t element_bytes(const Array& a, const Sim& sim) noexcept {
    const std::uint64_t real = real_bytes(sim.model);
    switch (a.element) {
    case Element::lanes:
        return real * sim.lanes_per_block * sim.neighbours;
    case Element::replicas:
        return real * sim.lanes_per_block;
    case Element::real:
        return real;
    case Element::u32:
        return 4;
    case Element::u16:
        return 2 * kAfferents;
    case Element::column_entry:
        return sizeof(ColumnEntry);
    case Element::source:
        return sizeof(SourceState);
    case Element::term_row:
        return sizeof(TermRow);
    case Element::raw_spike:
        return sizeof(RawSpike);
    case Element::spike:
        return sizeof(Spike);
    default:
        return 8;
    }
}

std::uint32_t count_of(const Sim& sim, Owner owner) noexcept {
    return owner == Owner::rule         ? sim.model.n_rules
           : owner == Owner::projection ? count_uses(sim.model)
           : owner == Owner::population ? sim.model.n_populations
                                        : 1;
}

namespace {

std::uint64_t facts_of(const Sim& sim, Owner owner, std::uint32_t i) noexcept {
    return owner == Owner::rule         ? rules(sim)[i].facts
           : owner == Owner::projection ? projections(sim)[i].facts
           : owner == Owner::population ? populations(sim)[i].facts
                                        : sim.facts;
}

} // namespace

Offset offset_of(const Sim& sim, const Array& a, std::uint32_t i) noexcept {
    if (!exists(a, facts_of(sim, a.owner, i)))
        return 0;
    switch (a.owner) {
    case Owner::rule:
        return offset_in(rules(sim), i, a.member);
    case Owner::projection:
        return offset_in(projections(sim), i, a.member);
    case Owner::population:
        return offset_in(populations(sim), i, a.member);
    default:
        return offset_in(&sim, 0, a.member);
    }
}

std::uint64_t count(const Array& a, const Sim& sim, std::uint32_t i) noexcept {
    const Sizes sizes = sizes_of(sim, a.owner, i);
    std::uint64_t n = 1;
    for (const Dim d : a.dims)
        n *= sizes[d];
    return n;
}
std::uint64_t count_in_group(const Array& a, const Sim& sim, std::uint32_t i) noexcept {
    Array in_group = a;
    if (a.dims[0] == Dim::block || a.dims[0] == Dim::lane_group)
        in_group.dims[0] = Dim::one;
    return count(in_group, sim, i);
}

} // namespace carve
