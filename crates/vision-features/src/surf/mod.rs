//! SURF: the fast Hessian on integral images, described by Haar responses (Bay, Ess, Tuytelaars, Van Gool 2008).
