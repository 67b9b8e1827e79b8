"""Thousands of thin tubes, painted into a box of voxels."""

from math import ceil, floor, sqrt

from medkit.compiled import compiled


@compiled(fastmath=False)  # a patient is the same to the last bit on every computer
def paint(fraction, ends, radii):
    """Raise each voxel to the share of it that the fullest tube fills.

    Parameters
    ----------
    fraction : ndarray, shape (plane, row, column), float32
        Changed in place.
    ends : ndarray, shape (tube, 2, 3)
        Start and end of the middle line of each tube, in voxels.
    radii : ndarray, shape (tube,)
        In voxels. Thinner than a voxel, a tube fills only the area of its section.
    """
    planes, rows, columns = fraction.shape
    for t in range(len(radii)):
        r = radii[t]
        (au, ay, ax), (bu, by, bx) = ends[t, 0], ends[t, 1]
        du, dy, dx = bu - au, by - ay, bx - ax
        squared = du * du + dy * dy + dx * dx
        low_u, high_u = floor(min(au, bu) - r - 1), ceil(max(au, bu) + r + 2)
        low_y, high_y = floor(min(ay, by) - r - 1), ceil(max(ay, by) + r + 2)
        low_x, high_x = floor(min(ax, bx) - r - 1), ceil(max(ax, bx) + r + 2)
        for u in range(max(0, low_u), min(planes, high_u)):
            for y in range(max(0, low_y), min(rows, high_y)):
                for x in range(max(0, low_x), min(columns, high_x)):
                    along = ((u - au) * du + (y - ay) * dy + (x - ax) * dx) / squared
                    along = min(max(along, 0.0), 1.0)
                    eu, ey, ex = u - au - along * du, y - ay - along * dy, x - ax - along * dx
                    distance = sqrt(eu * eu + ey * ey + ex * ex)
                    if r > 0.5:
                        share = min(max(r - distance + 0.5, 0.0), 1.0)
                    else:
                        share = min(max(1 - distance, 0.0), 1.0) * 2 * r
                    if share > fraction[u, y, x]:
                        fraction[u, y, x] = share
