"""Reports of the Quy chế (Đ14.2, Đ16) and the hand-over sheet (Đ12.4): counted by replaying the acts, printed for people. Pure."""
