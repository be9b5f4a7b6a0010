// Written by scripts/rust_bindings.py from api/carve.

structs! {
    carve_loss { struct_size, kind, projection, target_shared, target, population, other }
    carve_population { struct_size, kind, n_units, random_id, parameters }
    carve_input { struct_size, shared, fixed, reserved }
    carve_gaussian { struct_size, shared, fixed, reserved }
    carve_rate { struct_size, activation, tau }
    carve_poisson { struct_size, source, n_groups, signal, t_ref, rate, signal_gain, signal_tau }
    carve_in_degree { struct_size, in_degree }
    carve_csr { struct_size, n_synapses, row_start, pre }
    carve_distribution { distribution, reserved, a, b }
    carve_projection { struct_size, pre, post, random_id, connectivity, receptor, delay, n_plasticity, inference,
                       n_sweeps, mask_from, initial_weights, plasticity, connections, gain, w_min, w_max, weights }
    carve_model { struct_size, precision, isa, layout, lane_bytes, n_replicas, gradient, batch, form, n_populations,
                  n_projections, n_rules, n_probes, reserved, max_steps, bound, dt, surrogate, populations,
                  projections, rules, probes }
    carve_receptor { kind, source, tau, reversal, share, reserved_values }
    carve_lif { struct_size, n_receptors, receptors, tau_m, v_rest, v_reset, v_threshold, t_ref, drive }
    carve_tif { struct_size, n_receptors, receptors, tau_m, v_rest, v_reset, v_threshold, t_ref, drive }
    carve_if { struct_size, n_receptors, receptors, tau_m, v_rest, v_reset, v_threshold, t_ref, drive, threshold_jump,
               threshold_tau, v_min, v_max }
    carve_cvaif { struct_size, n_receptors, receptors, tau_m, v_rest, v_reset, v_threshold, t_ref, drive,
                  threshold_jump, threshold_tau, v_min, v_max, adaptation_jump, adaptation_tau, adaptation_reversal,
                  voltage_tau, excitatory_tau, inhibitory_tau }
    carve_eif { struct_size, n_receptors, receptors, tau_m, v_rest, v_reset, v_threshold, t_ref, drive, v_onset, slope }
    carve_probe { struct_size, kind, index, reserved, parameters }
    carve_rate_probe { struct_size, reserved, tau, start, low, high, target, offset }
    carve_trajectory_probe { struct_size, observations, selection, likelihood, noise, sums, reserved }
    carve_term { event, pre, post, pre2, post2, weight, modulator, pre_mean, post_mean, post_square, weight_sum,
                 reserved }
    carve_polynomial { struct_size, n_terms, trace_jump, coincidence, terms, eligibility, reserved }
    carve_mlp { struct_size, n_hidden, inputs, activation, at_spikes, n_second, coincidence, reserved, tau_pre,
                tau_post, tau_pre2, tau_post2 }
    carve_product { struct_size, factors, coincidence, released, tau_pre, tau_post, tau_pre2, tau_post2 }
    carve_rule { struct_size, kind, shared, reserved, parameters }
    carve_plasticity { struct_size, rule, presynaptic, reserved, eta, modulator, gate, baseline, window,
                       baseline_start, modulator_tau }
    carve_spike { step, population, unit, replica, count }
    carve_stream { r#type, layout, length, data }
    carve_recorder { struct_size, reserved, spikes, capacity, n_written, n_read, n_lost }
    carve_step { struct_size, n_inputs, n_steps, inputs, recorder, plastic, half, first_replica, n_replicas }
    carve_view { data, ndim, r#type, shape, stride }
    carve_sim_info { struct_size, precision, isa, form, n_replicas, lanes_per_block, n_blocks, n_coefficients,
                     n_frozen, layout, steps, bytes }
    carve_fault { status, reserved, value, r#where, expected }
}
constants! {
    CARVE_LOSS_DISTANCE, CARVE_LOSS_DISTANCE_SQUARED, CARVE_LOSS_SUBSPACE, CARVE_LOSS_DECORRELATION, CARVE_LOSS_RATE,
    CARVE_LOSS_TUNING, CARVE_F32, CARVE_F64, CARVE_ISA_AUTO, CARVE_ISA_SOFTFMA, CARVE_ISA_SCALAR, CARVE_ISA_AVX2,
    CARVE_ISA_AVX512, CARVE_ISA_NEON, CARVE_GRADIENT_NONE, CARVE_GRADIENT_FORWARD, CARVE_GRADIENT_ADJOINT,
    CARVE_FORM_AUTO, CARVE_FORM_SAMPLES, CARVE_FORM_MOMENTS, CARVE_LAYOUT_REPLICAS, CARVE_LAYOUT_AFFERENTS,
    CARVE_LAYOUT_AUTO, CARVE_LAYOUT_TARGETS, CARVE_POPULATION_INPUT, CARVE_POPULATION_GAUSSIAN, CARVE_POPULATION_RATE,
    CARVE_POPULATION_POISSON, CARVE_POPULATION_LIF, CARVE_POPULATION_TIF, CARVE_POPULATION_IF, CARVE_POPULATION_CVAIF,
    CARVE_POPULATION_EIF, CARVE_NO_POPULATION, CARVE_ID_OF_INDEX, CARVE_ACTIVATION_LINEAR, CARVE_ACTIVATION_RELU,
    CARVE_ACTIVATION_TANH, CARVE_ACTIVATION_SIGMOID, CARVE_SOURCE_CONSTANT, CARVE_SOURCE_SIGNAL,
    CARVE_SOURCE_STREAMED, CARVE_CONNECT_ALL, CARVE_CONNECT_LOWER, CARVE_CONNECT_IN_DEGREE, CARVE_CONNECT_LIST,
    CARVE_INFERENCE_SEQUENTIAL, CARVE_INFERENCE_SWEEPS, CARVE_INFERENCE_SOLVE, CARVE_MASK_FROM_START,
    CARVE_MASK_FROM_FIRST_UPDATE, CARVE_WEIGHTS_NORMAL, CARVE_WEIGHTS_UNIFORM, CARVE_WEIGHTS_LOG_UNIFORM,
    CARVE_INITIAL_GIVEN, CARVE_INITIAL_FREE, CARVE_RECEPTOR_CONDUCTANCE, CARVE_RECEPTOR_CURRENT,
    CARVE_RECEPTOR_FILTERED, CARVE_EXCITATORY, CARVE_INHIBITORY, CARVE_MAX_RECEPTORS, CARVE_PROBE_RATE,
    CARVE_PROBE_TRANSMITTED, CARVE_PROBE_TRAJECTORY, CARVE_PROBE_WEIGHTS, CARVE_LIKELIHOOD_GAUSSIAN,
    CARVE_LIKELIHOOD_BERNOULLI, CARVE_LIKELIHOOD_POISSON, CARVE_LIKELIHOOD_CATEGORICAL, CARVE_SUMS_OF_LOSS,
    CARVE_SUMS_OF_UNITS, CARVE_EVENT_STEP, CARVE_EVENT_PRE, CARVE_EVENT_POST, CARVE_TRACE_JUMP_ONE,
    CARVE_TRACE_JUMP_INVERSE_TAU, CARVE_COINCIDENCE_PRE_FIRST, CARVE_COINCIDENCE_BLIND, CARVE_FACTOR_PRE,
    CARVE_FACTOR_POST, CARVE_FACTOR_WEIGHT, CARVE_FACTOR_MODULATOR, CARVE_FACTOR_PRE_MEAN, CARVE_FACTOR_POST_MEAN,
    CARVE_FACTOR_POST_SQUARE, CARVE_FACTOR_WEIGHT_SUM, CARVE_FACTOR_VOLTAGE, CARVE_FACTOR_EXCITATORY,
    CARVE_FACTOR_INHIBITORY, CARVE_PRODUCT_VOLTAGE, CARVE_PRODUCT_EXCITATORY, CARVE_PRODUCT_INHIBITORY,
    CARVE_RULE_POLYNOMIAL, CARVE_RULE_MLP, CARVE_RULE_PRODUCT, CARVE_PRESYNAPTIC_RATE,
    CARVE_PRESYNAPTIC_RESIDUAL_BELOW, CARVE_PRESYNAPTIC_RESIDUAL, CARVE_BASELINE_NONE, CARVE_BASELINE_EXPONENTIAL,
    CARVE_BASELINE_WINDOW, CARVE_MAX_PLASTICITY, CARVE_ALIGNMENT, CARVE_PART_ACTIVITY, CARVE_PART_TRACES,
    CARVE_PART_WEIGHTS, CARVE_PART_MEASURES, CARVE_SPIKES, CARVE_STREAM_BLOCKS, CARVE_STEP_WHOLE, CARVE_VIEW_WEIGHTS,
    CARVE_VIEW_SENSITIVITIES, CARVE_VIEW_THETA, CARVE_VIEW_RATES, CARVE_VIEW_MEAN, CARVE_VIEW_FACTOR,
    CARVE_VIEW_FROZEN, CARVE_VIEW_STREAMS, CARVE_VIEW_GROUPS, CARVE_VIEW_WINDOW, CARVE_VIEW_VOLTAGES,
    CARVE_VIEW_CONDUCTANCES, CARVE_VIEW_SPIKE_COUNTS, CARVE_VIEW_FILTERED_RATE, CARVE_VIEW_PRE_TRACES,
    CARVE_VIEW_POST_TRACES, CARVE_VIEW_LAST_SPIKES, CARVE_VIEW_TRANSMITTED, CARVE_VIEW_NEURON_STATE,
    CARVE_VIEW_ROW_START, CARVE_VIEW_PRE_UNITS, CARVE_VIEW_ETA, CARVE_VIEW_BOUNDS, CARVE_VIEW_GAIN,
    CARVE_VIEW_BASELINE, CARVE_VIEW_DRIVE, CARVE_VIEW_DRIVE_SENSITIVITIES, CARVE_VIEW_PAST_RATES,
    CARVE_VIEW_TRAJECTORY, CARVE_VIEW_ELIGIBILITY, CARVE_VIEW_ELIGIBILITY_SENSITIVITIES, CARVE_VIEW_MODULATOR_RATE,
    CARVE_VIEW_WEIGHT_TRAJECTORY, CARVE_VIEW_COLUMN_START, CARVE_VIEW_POST_UNITS, CARVE_VIEW_TRACE_SCALES,
    CARVE_VIEW_CONDUCTANCE_SCALES, CARVE_STATE_THRESHOLD, CARVE_STATE_ADAPTATION, CARVE_STATE_VOLTAGE,
    CARVE_STATE_EXCITATORY_CURRENT, CARVE_STATE_INHIBITORY_CURRENT, CARVE_U64, CARVE_U32, CARVE_U16, CARVE_ABI,
    CARVE_OK, CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_ALIGN, CARVE_E_SPACE, CARVE_E_ISA,
    CARVE_E_CORRUPT, CARVE_E_UNAVAILABLE
}
functions! {
    carve_abi_version, carve_version, carve_status_string, carve_isa_name, carve_isa_compiled, carve_isa_usable,
    carve_loss_init, carve_sim_loss, carve_sim_loss_slopes, carve_sim_residuals, carve_sim_chain, carve_sim_eliminate,
    carve_sim_adjoint, carve_model_init, carve_population_init, carve_input_init, carve_gaussian_init,
    carve_rate_init, carve_poisson_init, carve_projection_init, carve_in_degree_init, carve_csr_init, carve_lif_init,
    carve_tif_init, carve_if_init, carve_cvaif_init, carve_eif_init, carve_probe_init, carve_rate_probe_init,
    carve_trajectory_probe_init, carve_random_uniform, carve_random_normal, carve_terms_up_to, carve_polynomial_init,
    carve_mlp_init, carve_product_init, carve_rule_init, carve_plasticity_init, carve_sim_required_bytes,
    carve_sim_init, carve_sim_attach, carve_sim_reset, carve_sim_clear, carve_step_init, carve_sim_step,
    carve_sim_view, carve_sim_read, carve_sim_write, carve_sim_get_info
}
