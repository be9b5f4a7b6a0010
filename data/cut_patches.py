#!/usr/bin/env python3
"""Cuts the photograph "camera" into patches for tasks/oja-patches.toml and tasks/pca-patches.toml.

    data/cut_patches.py camera.png data/camera_patches_8x8.npy

Needs NumPy and Pillow, and skimage/data/camera.png of scikit-image 0.18 or later. The 512 x 512 pixels are
cut into regions of 64 x 64 pixels, and each region into 8 x 8 patches of 8 x 8 pixels, always row by row. No
two patches share a pixel; the 64 rows of a region follow one another, and block_rows = 64 of a task's data keeps
them in one part of the data.
"""
import sys

import numpy as np
from PIL import Image

SIDE, REGION, PATCH = 512, 64, 8


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    image = np.asarray(Image.open(sys.argv[1]))
    if image.shape != (SIDE, SIDE) or image.dtype != np.uint8:
        sys.exit(f"{sys.argv[1]}: {image.shape} of {image.dtype}, not {SIDE} x {SIDE} grey levels of 8 bits")
    patches = []
    for region_y in range(0, SIDE, REGION):
        for region_x in range(0, SIDE, REGION):
            for y in range(region_y, region_y + REGION, PATCH):
                for x in range(region_x, region_x + REGION, PATCH):
                    patches.append(image[y:y + PATCH, x:x + PATCH].ravel())
    np.save(sys.argv[2], np.stack(patches))


if __name__ == "__main__":
    main()
