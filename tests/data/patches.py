"""Whether data/camera_patches_8x8.npy is the photograph, every pixel once, region by region.

Its 64 x 64 pixel regions, put together again, are scikit-image's "camera": the digest is that of the 512 x
512 bytes which skimage.data.camera() returns.
"""
import hashlib
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: no NumPy")
    sys.exit(77)

CAMERA = "5cb24482a53416f99052258be2b1ee38cd31c559a70c8a8b321cba231b332e21"

patches = np.load(sys.argv[1])
assert patches.shape == (4096, 64) and patches.dtype == np.uint8, (patches.shape, patches.dtype)
image = np.zeros((512, 512), np.uint8)
for row, patch in enumerate(patches):
    region, place = divmod(row, 64)
    y = region // 8 * 64 + place // 8 * 8
    x = region % 8 * 64 + place % 8 * 8
    image[y:y + 8, x:x + 8] = patch.reshape(8, 8)
assert hashlib.sha256(image.tobytes()).hexdigest() == CAMERA, "not the photograph"
