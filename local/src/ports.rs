//! Reserves ports before anything slow starts.
//!
//! A reserved port is a bound listener that nobody connects to: it keeps other programs out while the functions are
//! packaged, and is released right before its owner binds it. Loopback only: the local stack's root key is publicly
//! known, so nothing may be reachable from the network.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::PathBuf;

/// A loopback port that is reserved until released.
#[derive(Debug)]
pub struct ReservedPort {
    listener: TcpListener,
    address: SocketAddr,
}

/// The reasons why a port cannot be reserved.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Another program listens on the port.
    #[error(
        "port {port} on 127.0.0.1 is in use; choose another with {flag} (or {variable}=…), where 0 means any free port"
    )]
    Taken {
        /// The port asked for.
        port: u16,
        /// The flag that chooses it.
        flag: &'static str,
        /// The environment variable that chooses it.
        variable: &'static str,
    },
    /// The saved state belongs to another port.
    #[error(
        "the state in {} was saved at port {saved} of the AWS endpoint and works at no other, but the port asked for is {wanted}; set DOZO_AWS_PORT={saved}, or remove that folder to begin anew",
        state.display()
    )]
    Saved {
        /// The port asked for.
        wanted: u16,
        /// The port of the saved state.
        saved: u16,
        /// The folder of the saved state.
        state: PathBuf,
    },
    /// The port is below 1024 and needs a privilege, or there is no loopback interface.
    #[error("port {port} on 127.0.0.1 cannot be bound; choose another with {flag}")]
    Refused {
        /// The port asked for.
        port: u16,
        /// The flag that chooses it.
        flag: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
}

impl ReservedPort {
    /// Binds `port` (0: any free one) on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`PortError`], naming the flag and variable that choose another.
    pub fn bind(port: u16, flag: &'static str, variable: &'static str) -> Result<Self, PortError> {
        let wanted = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let listener = TcpListener::bind(wanted).map_err(|source| {
            if source.kind() == std::io::ErrorKind::AddrInUse {
                return PortError::Taken {
                    port,
                    flag,
                    variable,
                };
            }
            PortError::Refused { port, flag, source }
        })?;
        let address =
            listener
                .local_addr()
                .map_err(|source| PortError::Refused { port, flag, source })?;
        Ok(Self { listener, address })
    }

    /// Returns the address, which can be published before it is in use.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Releases the port, so that its owner can bind it now.
    pub fn release(self) -> SocketAddr {
        drop(self.listener);
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_names_the_flag() {
        let first = ReservedPort::bind(0, "--aws-port", "DOZO_AWS_PORT").unwrap();
        let taken = ReservedPort::bind(first.address().port(), "--aws-port", "DOZO_AWS_PORT");
        let message = taken.unwrap_err().to_string();
        assert!(message.contains("--aws-port"), "{message}");
        assert!(
            message.contains(&first.address().port().to_string()),
            "{message}"
        );
    }

    #[test]
    fn a_released_port_can_be_bound_at_once() {
        let address = ReservedPort::bind(0, "--cdn-port", "DOZO_CDN_PORT")
            .unwrap()
            .release();
        assert!(TcpListener::bind(address).is_ok());
    }

    #[test]
    fn only_loopback() {
        let reserved = ReservedPort::bind(0, "--cdn-port", "DOZO_CDN_PORT").unwrap();
        assert!(reserved.address().ip().is_loopback());
    }
}
