//! What a sim has become, and derivatives of that.

use crate::error::call;
use crate::{Error, Sim};
use carve_sys::*;
use core::ptr::{null, null_mut};

#[cfg(feature = "alloc")]
use alloc::{vec, vec::Vec};

/// An objective on the weights of one projection, or on what a spiking population did in its window.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// `carve::LOSS_DISTANCE` (default), ...
    pub kind: u32,
    pub projection: u32,
    /// Of losses of weights `[post][pre]`, of `LOSS_DECORRELATION` `[pre][pre]`; each with `[n_replicas]` behind it
    /// unless the target is shared.
    pub target: &'a [f64],
    /// By all replicas (default).
    pub target_shared: bool,
    /// Of `LOSS_RATE`.
    pub population: u32,
    /// Of `LOSS_TUNING`: the second projection.
    pub other: u32,
}

impl Default for Loss<'_> {
    fn default() -> Self {
        let of = carve_loss::default();
        Loss {
            kind: of.kind,
            projection: of.projection,
            target: &[],
            target_shared: of.target_shared == 1,
            population: of.population,
            other: of.other,
        }
    }
}

impl Sim<'_> {
    /// Of each replica.
    #[cfg(feature = "alloc")]
    pub fn loss(&self, of: &Loss<'_>) -> Result<Vec<f64>, Error> {
        let mut value = vec![0.0; self.info().n_replicas as usize];
        self.loss_into(of, &mut value, None)?;
        Ok(value)
    }
    /// Of each replica, and dL/dtheta `[n_coefficients][n_replicas]`.
    #[cfg(feature = "alloc")]
    pub fn loss_and_gradient(&self, of: &Loss<'_>) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let info = self.info();
        let mut value = vec![0.0; info.n_replicas as usize];
        let mut gradient = vec![0.0; value.len() * info.n_coefficients as usize];
        self.loss_into(of, &mut value, Some(&mut gradient))?;
        Ok((value, gradient))
    }
    /// The same without a heap.
    pub fn loss_into(
        &self,
        of: &Loss<'_>,
        value: &mut [f64],
        gradient: Option<&mut [f64]>,
    ) -> Result<(), Error> {
        let replicas = self.info().n_replicas as usize;
        self.expect_length("value.len()", value.len(), replicas)?;
        let raw = self.raw_loss(of, replicas)?;
        let gradient = match gradient {
            Some(slopes) => self.coefficients(slopes)?,
            None => null_mut(),
        };
        // SAFETY: every array has been measured.
        call(|fault| unsafe {
            carve_sim_loss(self.get(), &raw, value.as_mut_ptr(), gradient, fault)
        })
    }
    /// Any other loss: `dloss_dw` `[post][pre][n_replicas]` of one plastic projection in, dL/dtheta
    /// `[n_coefficients][n_replicas]` out.
    pub fn chain(
        &self,
        projection: u32,
        dloss_dw: &[f64],
        gradient: &mut [f64],
    ) -> Result<(), Error> {
        if let Some((post, pre)) = self.pairs(projection) {
            let expected = post * pre * self.info().n_replicas as usize;
            self.expect_length("dloss_dw.len()", dloss_dw.len(), expected)?;
        }
        let gradient = self.coefficients(gradient)?;
        // SAFETY: both arrays have been measured; sparse projections, and those that are none, are refused.
        call(|fault| unsafe {
            carve_sim_chain(self.get(), projection, dloss_dw.as_ptr(), gradient, fault)
        })
    }

    fn coefficients(&self, gradient: &mut [f64]) -> Result<*mut f64, Error> {
        let info = self.info();
        let expected = info.n_coefficients as usize * info.n_replicas as usize;
        self.expect_length("gradient.len()", gradient.len(), expected)?;
        Ok(gradient.as_mut_ptr())
    }
    fn raw_loss(&self, of: &Loss<'_>, replicas: usize) -> Result<carve_loss, Error> {
        let of_weights = (CARVE_LOSS_DISTANCE..=CARVE_LOSS_DECORRELATION).contains(&of.kind);
        if let (true, Some((post, pre))) = (of_weights, self.pairs(of.projection)) {
            let rows = if of.kind == CARVE_LOSS_DECORRELATION { pre } else { post };
            let expected = rows * pre * if of.target_shared { 1 } else { replicas };
            self.expect_length("target.len()", of.target.len(), expected)?;
        }
        Ok(carve_loss {
            kind: of.kind,
            projection: of.projection,
            target_shared: of.target_shared.into(),
            target: if of.target.is_empty() { null() } else { of.target.as_ptr() },
            population: of.population,
            other: of.other,
            ..Default::default()
        })
    }
}
